settings-label = Settings
settings-security = Security
settings-apps = Apps
settings-sessions = Signed in on

security-title = Security
totp-title = A second step when you sign in
totp-off = Off. Your password alone opens the door.
totp-on = On. Besides your password, a code from your phone is needed.
totp-on-since = On since { $date }.
totp-why = With it, somebody who learns your password still cannot get in.
totp-start = Set up the second step
totp-scan = Scan this with an authenticator app
totp-qr-label = Picture with the secret for your authenticator app
totp-secret = Or type this secret into the app
totp-code = The code that the app shows now
totp-confirm = Switch it on
totp-disable-title = Switch it off
totp-disable-hint = Type a current code to show that it is you.
totp-disable = Switch off the second step
recovery-title = Recovery codes
recovery-note = Each works once, in place of the code from your phone. Write them down now; they are shown only this time.
recovery-lost = Lost your phone? The owner of this server can switch the second step off for you.
recovery-left = { $count ->
    [0] You have no recovery codes left. Switch the second step off and on again to get new ones.
    [one] You have { $count } recovery code left.
   *[other] You have { $count } recovery codes left.
}

apps-title = Apps you allowed
apps-lead = Each may act only as the one named beside it.
apps-empty-title = No app may act for you
apps-empty = When you sign in with an app, it appears here, and you can end it here.
apps-acting-as = Acts as { $name }
apps-allowed = Allowed
apps-used = Last used
apps-never-used = Not used yet
apps-can = What it can do
apps-revoke = End access
apps-revoke-label = End access of { $app }

sessions-title = Where you are signed in
sessions-lead = Browsers that are signed in with your name.
sessions-current = This browser
sessions-since = Signed in
sessions-seen = Last seen
sessions-end = Sign out there
sessions-end-label = Sign out of { $device }
sessions-end-others = { $count ->
    [one] Sign out of the other browser
   *[other] Sign out of { $count } other browsers
}
sessions-unknown-device = Unknown browser

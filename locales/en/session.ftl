sign-in-title = Sign in
sign-in-lead = With your own name on { $site }. You choose afterwards whom to act as.
sign-in-login = E-mail address or username
sign-in-password = Password
sign-in-submit = Sign in
sign-in-for-app = { $app } is waiting. You see what it asks for before anything is allowed.
sign-in-lost = Lost your password? Ask the owner of this server for a new one.

two-factor-title = One more step
two-factor-lead = Open your authenticator app and type the code it shows for { $site }.
two-factor-code = Six digits
two-factor-recovery-hint = No phone at hand? A recovery code works too.
two-factor-submit = Continue

sign-out-title = Sign out?
sign-out-lead = You are signed in as { $name }. Apps you allowed stay signed in; you end those in the settings.
sign-out-submit = Sign out

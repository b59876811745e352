settings-label = Instellingen
settings-security = Beveiliging
settings-apps = Apps
settings-sessions = Ingelogd op

security-title = Beveiliging
totp-title = Een tweede stap bij het inloggen
totp-off = Uit. Alleen je wachtwoord opent de deur.
totp-on = Aan. Naast je wachtwoord is een code van je telefoon nodig.
totp-on-since = Aan sinds { $date }.
totp-why = Wie je wachtwoord te weten komt, kan er dan nog steeds niet in.
totp-start = Stel de tweede stap in
totp-scan = Scan dit met een authenticator-app
totp-qr-label = Afbeelding met het geheim voor je authenticator-app
totp-secret = Of typ dit geheim in de app
totp-code = De code die de app nu toont
totp-confirm = Zet aan
totp-disable-title = Uitzetten
totp-disable-hint = Typ een code van nu om te laten zien dat jij het bent.
totp-disable = Zet de tweede stap uit
recovery-title = Herstelcodes
recovery-note = Elke code werkt één keer, in plaats van de code van je telefoon. Schrijf ze nu op; ze zijn alleen deze keer te zien.
recovery-lost = Telefoon kwijt? De eigenaar van deze server kan de tweede stap voor je uitzetten.
recovery-left = { $count ->
    [0] Je hebt geen herstelcodes meer. Zet de tweede stap uit en weer aan voor nieuwe.
    [one] Je hebt nog { $count } herstelcode.
   *[other] Je hebt nog { $count } herstelcodes.
}

apps-title = Apps die je toestemming gaf
apps-lead = Elke app treedt alleen op namens wie ernaast staat.
apps-empty-title = Geen app mag namens jou optreden
apps-empty = Log je in met een app, dan verschijnt die hier en kun je de toegang hier stoppen.
apps-acting-as = Treedt op namens { $name }
apps-allowed = Toegestaan
apps-used = Laatst gebruikt
apps-never-used = Nog niet gebruikt
apps-can = Wat de app kan
apps-revoke = Stop de toegang
apps-revoke-label = Stop de toegang van { $app }

sessions-title = Waar je bent ingelogd
sessions-lead = Browsers die met jouw naam zijn ingelogd.
sessions-current = Deze browser
sessions-since = Ingelogd
sessions-seen = Laatst gezien
sessions-end = Log daar uit
sessions-end-label = Log uit op { $device }
sessions-end-others = { $count ->
    [one] Log uit op de andere browser
   *[other] Log uit op { $count } andere browsers
}
sessions-unknown-device = Onbekende browser

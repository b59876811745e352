sign-in-title = Inloggen
sign-in-lead = Met je eigen naam op { $site }. Daarna kies je namens wie je optreedt.
sign-in-login = E-mailadres of gebruikersnaam
sign-in-password = Wachtwoord
sign-in-submit = Inloggen
sign-in-for-app = { $app } wacht. Je ziet wat de app vraagt voordat er iets mag.
sign-in-lost = Wachtwoord kwijt? Vraag de eigenaar van deze server om een nieuw.

two-factor-title = Nog één stap
two-factor-lead = Open je authenticator-app en typ de code die daar bij { $site } staat.
two-factor-code = Zes cijfers
two-factor-recovery-hint = Geen telefoon bij de hand? Een herstelcode werkt ook.
two-factor-submit = Doorgaan

sign-out-title = Uitloggen?
sign-out-lead = Je bent ingelogd als { $name }. Apps die je toestemming gaf blijven ingelogd; die stop je bij de instellingen.
sign-out-submit = Uitloggen

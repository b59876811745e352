setup-title = Richt je server in
setup-lead = Drie korte stappen, dan heeft je merk een plek die mensen op andere servers kunnen volgen.

setup-address-group = 1. Waar mensen je vinden
setup-mode-public = Op een openbaar adres
setup-mode-public-hint = Je hebt een domein en dat leidt naar deze machine.
setup-mode-trial = Alleen hier uitproberen
setup-mode-trial-hint = Alles werkt op deze machine. Niemand van buiten kan je nog volgen, en wie openbaar gaat begint opnieuw.
setup-address = Openbaar adres
setup-address-hint = Bijvoorbeeld merk.example. Het wordt deel van elke naam hier en kan later niet meer worden veranderd.

setup-owner-group = 2. Jij, de eigenaar
setup-username = Je gebruikersnaam
setup-username-hint = Je eigen naam hier, los van het merk. Letters, cijfers en liggende streepjes.
setup-email = Je e-mailadres
setup-email-hint = Om in te loggen en voor berichten over deze server. Niemand anders ziet het.
setup-password = Wachtwoord
setup-password-hint = Minstens { $min } tekens. Een paar woorden achter elkaar zijn makkelijk te onthouden.

setup-brand-group = 3. Je merk
setup-brand-name = Naam van het merk
setup-brand-name-hint = Zoals mensen het kennen. Je kunt het later veranderen.
setup-brand-handle = Accountnaam van het merk
setup-brand-handle-hint = Met deze naam volgen en noemen mensen het merk: @naam@jouw.adres. Dit kan later niet meer worden veranderd.

setup-submit = Maak de server en het merk
setup-expired-title = Deze link werkt niet meer
setup-expired = Elke link werkt één keer. Voer op de server “rapport setup” uit voor een nieuwe.

welcome-title = { $name } is er. Wat nu?
welcome-trial = Je probeert het alleen hier uit, dus deze naam werkt alleen op deze machine.
welcome-handle-title = Vertel mensen de naam
welcome-handle = Iedereen op Mastodon en veel andere diensten vindt het merk door hierop te zoeken:
welcome-app-title = Log in met een Mastodon-app
welcome-app = Open de app die je fijn vindt, geef deze server op, log in als jezelf en kies dan voor { $name }:
welcome-invite-title = Haal er een collega bij
welcome-invite = Collega's krijgen een eigen inlog; niemand deelt een wachtwoord. Voer op de server uit:
welcome-post-title = Schrijf het eerste bericht
welcome-post = Zeg wie hier antwoordt en wat mensen mogen vragen. Een vraag is een beter begin dan een aanbieding.

# Pagina's en zinnen rond inloggen, volgen en inrichten.
not-set-up-title = Deze server is nog niet ingericht
not-set-up = Wie hem startte, vindt in de terminal een link. Die verscheen bij het starten. Open die link om te beginnen.
not-set-up-again = Kwijt? Draai “rapport setup” op de server voor een nieuwe.

setup-address-fixed = In de configuratie van deze server staat waar hij te vinden is:
problem-trial-elsewhere = Dit werkt alleen in een browser op de machine zelf. Open de pagina daar, op 127.0.0.1 of localhost, of geef het openbare adres.
problem-password-plain = Dit herhaalt steeds dezelfde tekens. Neem een paar woorden achter elkaar.
problem-same-name = Jij en het merk hebben verschillende namen nodig.
problem-plain-http = Anderen bereiken een openbare server alleen veilig via https. Laat http:// weg.

notice-second-step-on = Vanaf nu is bij het inloggen een code van je telefoon nodig.
notice-second-step-off = Inloggen kan nu met je wachtwoord alleen.
notice-app-ended = De app kan niet meer namens jou optreden.
notice-session-ended = Die browser is uitgelogd.
notice-sessions-ended = Alle andere browsers zijn uitgelogd.
notice-app-refused = De app kreeg niets.
notice-followed = Het volgverzoek is onderweg.
notice-signed-out = Je bent uitgelogd.
notice-set-up-already = Deze server is al ingericht. Log in.
notice-sign-in-again = Dat duurde te lang. Log opnieuw in.

interact-follow-title = { $name } volgen?
interact-follow = Volgen
interact-as = Namens wie?
interact-post-title = Een bericht van { $name }
interact-post = Antwoord erop met de app die je gebruikt. Zoek daar naar dit adres:
interact-nothing-title = Daar is niets gevonden
interact-nothing = We vroegen naar { $address } en kregen geen persoon en geen bericht. Controleer het adres, of zoek het in je app.
interact-not-allowed = Niemand namens wie je mag optreden kan mensen volgen. Vraag het de eigenaar van het team.

tag-title = Berichten over #{ $name }
tag-empty-title = Nog geen berichten
tag-empty = Openbare berichten met #{ $name } verschijnen hier.

feed-title = Berichten van { $name }
device-on = { $browser } op { $system }

authorize-unknown-app = De app die je hierheen stuurde is niet bij deze server aangemeld. Begin opnieuw in de app; misschien moet die zich opnieuw aanmelden.
authorize-wrong-redirect = De app wil je antwoord laten sturen naar een adres dat hij niet heeft opgegeven. Dat kan een fout in de app zijn, of iemand die zich voor de app uitgeeft. Er is niets verstuurd.
authorize-asked-wrongly = De app vroeg het op een manier die deze server niet aanneemt: { $reason }.

privacy-title = Privacybeleid
terms-title = Gebruiksvoorwaarden
text-changed = Laatst gewijzigd op { $date }
terms-since = Van kracht sinds { $date }
terms-from = Van kracht vanaf { $date }
terms-replaced = Vervangen door andere voorwaarden op { $date }
embed-read-on = Lees op { $site }

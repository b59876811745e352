# Wat op elke pagina staat.
skip-to-content = Naar de inhoud
nav-label = Hoofdmenu
sign-in = Inloggen
sign-out = Uitloggen
settings = Instellingen
home = Voorpagina
foot-label = Over deze server
about-server = Over { $site }
source-code = Broncode
runs-on = Draait op Rapport, vrije software
languages-label = Taal
title-on-site = { $title } · { $site }

copy = Kopiëren
copy-done = Gekopieerd
copy-failed = Kopiëren lukte niet
cancel = Annuleren

flash-done = Gelukt.
flash-problem = Niet gelukt.

form-problems = { $count ->
    [one] Kijk nog eens naar één antwoord. Wat je typte staat er nog.
   *[other] Kijk nog eens naar { $count } antwoorden. Wat je typte staat er nog.
}

pager-label = Meer pagina's
pager-older = Ouder
pager-newer = Nieuwer

# Waarom een antwoord niet kan, voor alle formulieren.
problem-required = Dit is nodig.
problem-email = Dit lijkt geen e-mailadres. Voorbeeld: jij@example.com
problem-username = Gebruik alleen letters, cijfers en liggende streepjes, hooguit { $max }.
problem-taken = Deze naam is al bezet. Kies een andere.
problem-too-short = Gebruik minstens { $min } tekens.
problem-too-long = Gebruik hooguit { $max } tekens.
problem-address = Dit lijkt geen openbaar adres. Voorbeeld: merk.example
problem-handle = Dit lijkt geen adres van een account. Voorbeeld: @jij@mastodon.social
problem-sign-in = Deze horen niet bij elkaar. Controleer het e-mailadres of de naam, en het wachtwoord.
problem-code = Deze code klopt niet of is verlopen. Typ de code die je app nu toont.
problem-no-server = We konden { $host } niet bereiken. Controleer de spelling of probeer het over een minuut opnieuw.
problem-choose = Kies er een.

# Datums, waar de browser ze niet in de eigen woorden van de lezer zet.
date = { $day } { $month } { $year }
date-time = { $day } { $month } { $year }, { $time } UTC
month-1 = januari
month-2 = februari
month-3 = maart
month-4 = april
month-5 = mei
month-6 = juni
month-7 = juli
month-8 = augustus
month-9 = september
month-10 = oktober
month-11 = november
month-12 = december

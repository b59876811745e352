# Titels van wat apps gemeld krijgen.
push-mention = { $name } noemde je
push-status = { $name } plaatste een bericht
push-reblog = { $name } deelde je bericht
push-follow = { $name } volgt je
push-follow-request = { $name } wil je volgen
push-favourite = { $name } markeerde je bericht als favoriet
push-poll = Een peiling is afgelopen
push-update = { $name } bewerkte een bericht dat je deelde
push-quote = { $name } citeerde je bericht
push-quoted-update = { $name } bewerkte een bericht dat je citeerde
push-severed = Een deel van je volgrelaties is beëindigd
push-warning = De moderatoren hebben een bericht voor je
push-sign-up = { $name } heeft hier nu een account
push-report = { $name } stuurde een melding

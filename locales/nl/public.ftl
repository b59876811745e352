# Pagina's die iedereen mag lezen.
server-brands = Wie hier spreekt
server-posts = Nieuwste berichten
server-empty-title = Nog niemand spreekt hier
server-empty = Zodra een merk zijn pagina opent, vind je die hier.
server-posts-empty-title = Nog geen berichten
server-posts-empty = De eerste verschijnen hier.

about-title = Over { $site }
about-contact = Contact
about-rules = Regels
about-privacy = Wat deze pagina van je weet
about-privacy-reading = Lezen kost je niets: geen cookies, geen volgers op de achtergrond, niets van andere bedrijven.
about-privacy-signing-in = Alleen wie inlogt krijgt een cookie, om ingelogd te blijven en voor niets anders.
about-privacy-writing = Wat je iemand hier schrijft, vanaf welke server ook, wordt hier bewaard zodat er een antwoord op kan komen. Verwijder je het thuis, dan verdwijnt het ook hier.
about-source = Deze server draait op Rapport { $version }, vrije software onder de GNU Affero General Public License, versie 3 of later.
about-source-get = Haal de broncode
about-source-ask = Je krijgt de broncode als je erom vraagt: schrijf naar het contact hierboven.

account-posts = Berichten
account-posts-empty-title = Nog geen berichten
account-posts-empty = Wat { $name } schrijft verschijnt hier.
account-count-posts = { $count ->
    [one] bericht
   *[other] berichten
}
account-count-followers = { $count ->
    [one] volger
   *[other] volgers
}
account-count-following = gevolgd
account-facts = Over { $name }
account-proved = Gecontroleerd: de link leidt hierheen terug
account-joined = Hier sinds { $date }
account-original = Volledig profiel op { $host }
account-moved = { $name } is verhuisd
account-moved-to = Nu bij { $name }
account-feeds = Volgen in een feedlezer
account-feed-atom = Atom-feed
account-feed-rss = RSS-feed
account-title = { $name } ({ $handle })
account-description = Lees wat { $name } schrijft, en volg vanaf je eigen server.
account-automated = Automatisch
account-brand = Merk

follow-title = Volg vanaf je eigen server
follow-hint = Werkt vanaf Mastodon, Pixelfed, Friendica en veel andere. Je hebt hier geen account nodig.
follow-handle = Je eigen account
follow-handle-example = Bijvoorbeeld @jij@mastodon.social
follow-submit = Volgen
follow-page-title = Volg { $name } vanaf je eigen server
reply-title = Antwoord vanaf je eigen server
reply-hint = Antwoord, deel of markeer als favoriet waar je al een account hebt.
reply-submit = Doorgaan
reply-page-title = Antwoord { $name } vanaf je eigen server
home-server-go = Ga verder naar { $host }
home-server-note = Er is nog niets gebeurd. Je bevestigt het daar, met je eigen account.
home-server-other = Een andere manier
home-server-copy-account = Kopieer deze naam en zoek ernaar waar je je account hebt:
home-server-copy-post = Kopieer deze link en zoek ernaar waar je je account hebt:
home-server-change = Gebruik een ander account

post-title = { $name }: “{ $text }”
post-title-plain = Een bericht van { $name }
post-shared-by = Gedeeld door { $name }
post-answer-to = Antwoord aan { $name }
post-answer = Antwoord op een ander bericht
post-edited = Gewijzigd
post-answers = { $count ->
    [one] { $count } antwoord
   *[other] { $count } antwoorden
}
post-shares = { $count } keer gedeeld
post-favourites = { $count ->
    [one] favoriet van { $count } persoon
   *[other] favoriet van { $count } mensen
}
post-original = Origineel op { $host }
post-show = Tonen
post-hide = Verbergen
post-sensitive = Dit kan gevoelig zijn
post-alt = { $count ->
    [one] Beschrijving van de afbeelding
   *[other] Beschrijvingen van de afbeeldingen
}
post-picture = Afbeelding openen
post-file = Bijgevoegd bestand openen
post-visibility-unlisted = Niet in openbare lijsten
post-visibility-followers = Alleen voor volgers
post-visibility-direct = Alleen voor wie genoemd is

poll-votes = { $count ->
    [one] { $count } stem
   *[other] { $count } stemmen
}
poll-votes-share = { $count ->
    [one] { $count } stem, { $share } %
   *[other] { $count } stemmen, { $share } %
}
poll-voters = { $count ->
    [0] Nog niemand heeft gestemd
    [one] { $count } persoon stemde
   *[other] { $count } mensen stemden
}
poll-closed = Gesloten
poll-ends = Open tot
poll-several = Meer dan één antwoord mogelijk

thread-before = Wat eraan voorafging
thread-answers = Antwoorden
thread-empty-title = Nog geen antwoorden
thread-empty = Antwoorden van elke server verschijnen hier.

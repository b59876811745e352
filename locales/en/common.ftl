# What every page has.
skip-to-content = Skip to content
nav-label = Main
sign-in = Sign in
sign-out = Sign out
settings = Settings
home = Front page
foot-label = About this server
about-server = About { $site }
source-code = Source code
runs-on = Runs on Rapport, free software
languages-label = Language
title-on-site = { $title } · { $site }

copy = Copy
copy-done = Copied
copy-failed = Could not copy
cancel = Cancel

flash-done = Done.
flash-problem = Not done.

form-problems = { $count ->
    [one] One answer needs another look. What you typed is still here.
   *[other] { $count } answers need another look. What you typed is still here.
}

pager-label = More pages
pager-older = Older
pager-newer = Newer

# Reasons why an answer was refused, for forms of any kind.
problem-required = This is needed.
problem-email = This does not look like an e-mail address. Example: you@example.com
problem-username = Use letters, digits and underscores only, at most { $max }.
problem-taken = This name is already taken. Choose another.
problem-too-short = Use at least { $min } characters.
problem-too-long = Use at most { $max } characters.
problem-address = This does not look like a public address. Example: brand.example
problem-handle = This does not look like a handle. Example: @you@mastodon.social
problem-sign-in = These do not belong together. Check the e-mail address or name, and the password.
problem-code = This code is wrong or has expired. Type the one your app shows now.
problem-no-server = We could not reach { $host }. Check the spelling, or try again in a minute.
problem-choose = Choose one of these.

# Dates, where the reader's browser does not put them into the reader's own words.
date = { $day } { $month } { $year }
date-time = { $day } { $month } { $year }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

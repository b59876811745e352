# Pages and sentences around signing in, following and set-up.
not-set-up-title = This server is not set up yet
not-set-up = Whoever started it finds a link in the terminal, printed when it started. Open that link to begin.
not-set-up-again = Lost it? Run “rapport setup” on the server to get a new one.

setup-address-fixed = This server's configuration says where it is found:
problem-trial-elsewhere = This works only in a browser on the machine itself. Open the page there, at 127.0.0.1 or localhost, or give the public address.
problem-password-plain = This repeats the same few characters. Take a few words in a row.
problem-same-name = You and the brand need different names.
problem-plain-http = Others can reach a public server safely over https only. Leave out http://.

notice-second-step-on = From now on, signing in needs a code from your phone.
notice-second-step-off = Signing in needs only your password now.
notice-app-ended = The app can no longer act for you.
notice-session-ended = That browser is signed out.
notice-sessions-ended = All other browsers are signed out.
notice-app-refused = The app got nothing.
notice-followed = The follow is on its way.
notice-signed-out = You are signed out.
notice-set-up-already = This server is set up already. Sign in instead.
notice-sign-in-again = That took too long. Sign in again.

interact-follow-title = Follow { $name }?
interact-follow = Follow
interact-as = As whom?
interact-post-title = A post by { $name }
interact-post = Answer it with the app you use. Search there for this address:
interact-nothing-title = Nothing found there
interact-nothing = We asked for { $address } and got neither a person nor a post. Check the address, or search for it in your app.
interact-not-allowed = Nobody you may act as can follow people. Ask the owner of the team.

tag-title = Posts about #{ $name }
tag-empty-title = No posts yet
tag-empty = Public posts with #{ $name } appear here.

feed-title = Posts by { $name }
device-on = { $browser } on { $system }

authorize-unknown-app = The app that sent you here is not registered with this server. Start again in the app; it may need to register anew.
authorize-wrong-redirect = The app wants your answer sent to an address that it did not register. That may be a mistake in the app, or somebody else posing as it. Nothing was sent.
authorize-asked-wrongly = The app asked in a way that this server does not accept: { $reason }.

privacy-title = Privacy policy
terms-title = Terms of service
text-changed = Last changed on { $date }
terms-since = In force since { $date }
terms-from = In force from { $date }
terms-replaced = Replaced by other terms on { $date }
embed-read-on = Read on { $site }

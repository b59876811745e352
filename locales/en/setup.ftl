setup-title = Set up your server
setup-lead = Three short steps, then your brand has a home that people on other servers can follow.

setup-address-group = 1. Where people find you
setup-mode-public = At a public address
setup-mode-public-hint = You own a domain and it leads to this machine.
setup-mode-trial = Only trying it here
setup-mode-trial-hint = Everything works on this machine. Nobody outside can follow you yet, and you start afresh when you go public.
setup-address = Public address
setup-address-hint = Such as brand.example. It becomes part of every name here and can't be changed later.

setup-owner-group = 2. You, the owner
setup-username = Your username
setup-username-hint = Your own name here, apart from the brand. Letters, digits and underscores.
setup-email = Your e-mail address
setup-email-hint = For signing in and for messages about this server. Nobody else sees it.
setup-password = Password
setup-password-hint = At least { $min } characters. A few words in a row are easy to remember.

setup-brand-group = 3. Your brand
setup-brand-name = Name of the brand
setup-brand-name-hint = As people know it. You can change it later.
setup-brand-handle = Handle of the brand
setup-brand-handle-hint = People follow and mention the brand by this name: @handle@your.address. It can't be changed later.

setup-submit = Make the server and its brand
setup-expired-title = This set-up link no longer works
setup-expired = Each link works once. Run “rapport setup” on the server to get a new one.

welcome-title = { $name } is here. What next?
welcome-trial = You are only trying it here, so this name works on this machine alone.
welcome-handle-title = Tell people the name
welcome-handle = Anyone on Mastodon and many other services finds the brand by searching for this:
welcome-app-title = Sign in with any Mastodon app
welcome-app = Open the app you like, give it this server, sign in as yourself, then choose to act as { $name }:
welcome-invite-title = Bring a colleague
welcome-invite = Colleagues get their own sign-in; nobody shares a password. On the server, run:
welcome-post-title = Write the first post
welcome-post = Say who answers here and what people may ask. A question is a better start than an offer.

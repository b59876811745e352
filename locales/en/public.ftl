# Pages that anyone may read.
server-brands = Who speaks here
server-posts = Latest posts
server-empty-title = Nobody speaks here yet
server-empty = As soon as a brand opens its page, you find it here.
server-posts-empty-title = No posts yet
server-posts-empty = The first ones appear here.

about-title = About { $site }
about-contact = Contact
about-rules = Rules
about-privacy = What this page knows about you
about-privacy-reading = Reading costs you nothing: no cookies, no trackers, nothing loaded from other companies.
about-privacy-signing-in = Only who signs in gets a cookie, for staying signed in and nothing else.
about-privacy-writing = What you write to somebody here, from any server, is kept here so that it can be answered. Delete it at home and it goes here too.
about-source = This server runs Rapport { $version }, free software under the GNU Affero General Public License, version 3 or later.
about-source-get = Get its source code
about-source-ask = Its source code is yours for the asking: write to the contact above.

account-posts = Posts
account-posts-empty-title = No posts yet
account-posts-empty = What { $name } writes appears here.
account-count-posts = { $count ->
    [one] post
   *[other] posts
}
account-count-followers = { $count ->
    [one] follower
   *[other] followers
}
account-count-following = following
account-facts = About { $name }
account-proved = Checked: the link leads back here
account-joined = Here since { $date }
account-original = Full profile on { $host }
account-moved = { $name } has moved
account-moved-to = Now at { $name }
account-feeds = Follow in a feed reader
account-feed-atom = Atom feed
account-feed-rss = RSS feed
account-title = { $name } ({ $handle })
account-description = Read what { $name } writes, and follow from your own server.
account-automated = Automated
account-brand = Brand

follow-title = Follow from your own server
follow-hint = Works from Mastodon, Pixelfed, Friendica and many others. You need no account here.
follow-handle = Your own handle
follow-handle-example = Such as @you@mastodon.social
follow-submit = Follow
follow-page-title = Follow { $name } from your own server
reply-title = Answer from your own server
reply-hint = Answer, share or mark as favourite where you already have an account.
reply-submit = Continue
reply-page-title = Answer { $name } from your own server
home-server-go = Go on to { $host }
home-server-note = Nothing has happened yet. You confirm it there, with your own account.
home-server-other = Another way
home-server-copy-account = Copy this name and search for it where you have your account:
home-server-copy-post = Copy this link and search for it where you have your account:
home-server-change = Use another handle

post-title = { $name }: “{ $text }”
post-title-plain = A post by { $name }
post-shared-by = { $name } shared this
post-answer-to = Answer to { $name }
post-answer = Answer to another post
post-edited = Edited
post-answers = { $count ->
    [one] { $count } answer
   *[other] { $count } answers
}
post-shares = { $count ->
    [one] shared { $count } time
   *[other] shared { $count } times
}
post-favourites = { $count ->
    [one] favourite of { $count } person
   *[other] favourite of { $count } people
}
post-original = Original on { $host }
post-show = Show
post-hide = Hide
post-sensitive = This may be sensitive
post-alt = { $count ->
    [one] Description of the picture
   *[other] Descriptions of the pictures
}
post-picture = Open picture
post-file = Open the attached file
post-visibility-unlisted = Not in public lists
post-visibility-followers = For followers only
post-visibility-direct = Only for those mentioned

poll-votes = { $count ->
    [one] { $count } vote
   *[other] { $count } votes
}
poll-votes-share = { $count ->
    [one] { $count } vote, { $share } %
   *[other] { $count } votes, { $share } %
}
poll-voters = { $count ->
    [0] Nobody has voted yet
    [one] { $count } person voted
   *[other] { $count } people voted
}
poll-closed = Closed
poll-ends = Open until
poll-several = More than one answer is possible

thread-before = What came before
thread-answers = Answers
thread-empty-title = No answers yet
thread-empty = Answers from any server appear here.

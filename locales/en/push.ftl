# Titles of what is pushed to apps.
push-mention = { $name } mentioned you
push-status = { $name } posted
push-reblog = { $name } shared your post
push-follow = { $name } follows you
push-follow-request = { $name } asks to follow you
push-favourite = { $name } marked your post as favourite
push-poll = A poll has ended
push-update = { $name } edited a post that you shared
push-quote = { $name } quoted your post
push-quoted-update = { $name } edited a post that you quoted
push-severed = Some of your follows have ended
push-warning = The moderators have a message for you
push-sign-up = { $name } has an account here now
push-report = { $name } sent a report

error-what = What happened
error-kept = What was kept
error-todo = What you can do
error-home = To the front page
error-reference = If you ask for help, mention { $id }.

error-400-title = That did not come through
error-400-what = The request could not be read. The link may be cut off or the form too old.
error-400-kept = Nothing was changed.
error-400-todo = Go back, reload the page and try again.

error-form-title = This form has expired
error-form-what = The page was open for too long, or cookies are switched off, so we cannot tell that it was you.
error-form-kept = Nothing was changed.
error-form-todo = Go back, reload the page and send it again.

error-403-title = This is not yours to do
error-403-what = The account you are signed in with may not see or do this.
error-403-kept = Nothing was changed.
error-403-todo = Ask the owner of the team, or sign in as someone who may.

error-404-title = There is nothing here
error-404-what = The page does not exist, or only some people may see it.
error-404-kept = Nothing was changed.
error-404-todo = Check the address for a missing letter, or start from the front page.

error-410-title = This was taken down
error-410-what = There was something here, and its author removed it.
error-410-kept = Only the fact that it existed, so that nobody takes its place.
error-410-todo = See what else is here on the front page.

error-429-title = A little slower, please
error-429-what = Too many requests came from your side in a short time.
error-429-kept = What you did before is safe. Your last request was not carried out.
error-429-todo = { $seconds ->
    [one] Wait a second, then try again.
   *[other] Wait { $seconds } seconds, then try again.
}

error-500-title = We made a mistake
error-500-what = Something broke on our side, not on yours. It has been written down for the people who run this server.
error-500-kept = Nothing is half done: what you sent was either saved whole or not at all.
error-500-todo = Go back and see whether it is there. If not, send it again.

error-503-title = Not right now
error-503-what = The server is very busy or being looked after.
error-503-kept = Everything accepted before is safe. Your last request was not carried out.
error-503-todo = Try again in a minute.

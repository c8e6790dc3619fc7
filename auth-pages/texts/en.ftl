### English. Every text may use { $brand }.
### Texts are plain text, without markup. "Log in", "second step", "method", "code", "application": one word per thing.

## Around every page

title = { $heading } · { $brand }
title-with-problem = Error: { $heading } · { $brand }
request-id = Request ID
support-heading = Need help?

## Waiting: used as { $wait }

wait-seconds =
    { $count ->
        [one] in { $count } second
       *[other] in { $count } seconds
    }
wait-minutes =
    { $count ->
        [one] in { $count } minute
       *[other] in { $count } minutes
    }
wait-hours =
    { $count ->
        [one] in { $count } hour
       *[other] in { $count } hours
    }

## Problems with the form just sent

problem-out-of-date = This page was out of date. Please try again.
problem-throttled = Too many tries. You can try again { $wait }.
problem-busy = Many people are logging in right now. Please try again in a moment.
problem-not-delivered = We could not send the code. Please ask for another one.

## Login

login-heading = Log in
login-lead = Use your { $brand } account.
login-username = User name
login-password = Password
login-submit = Log in
login-recover = Forgot your password?
login-register-question = New here?
login-register = Create an account
login-wrong = Name or password not right. Check both and try again.

## The code of the second factor

code-heading-totp = Open your app
code-heading-sms = Check your messages
code-heading-voice = Answer your phone
code-heading-email = Check your e-mail
code-lead-totp = Your authenticator app shows a code of { $digits } digits for { $brand }. Enter it here.
code-lead-sms = We sent you a text message with a code of { $digits } digits. It usually arrives within seconds.
code-lead-voice = We are calling you. Follow the voice: it reads out a code of { $digits } digits.
code-lead-email = We sent you an e-mail with a code of { $digits } digits. If it does not arrive, look among your spam.
code-lead-not-delivered = This is where we tried to send your code:
code-where-totp = App:
code-where-sms = Text message to
code-where-voice = Call to
code-where-email = E-mail to
code-heading-emergency = Use an emergency code
code-lead-emergency = Enter one of the codes you kept for the day you have no phone. Each works once.
code-where-emergency = Emergency code
code-label-emergency = Emergency code
code-format-emergency = 16 letters and digits
code-label = { $digits }-digit code
code-format = { $digits } digits
code-submit = Continue
code-wrong = Code not right or no longer valid. Check it and try again.
sent-on-its-way = On its way.
sent-delivered = Delivered.
sent-not-delivered = Not delivered: try another way.
resend-question = No code yet?
resend-submit = Send another code
resend-wait = You can ask for another code { $wait }.
code-other-method = Try another method
code-cancel-question = Not you?
code-cancel-submit = Start over

## A forgotten password

recover-heading = Forgot your password?
recover-lead = Tell us who you are. We send a code to the e-mail address of your account.
recover-username = User name or e-mail address
recover-submit = Send code
recover-wrong = Enter your user name or your e-mail address.
recover-code-heading = Check your e-mail
recover-code-lead =
    { $minutes ->
        [one] If there is an account of that name, an e-mail with a code of { $digits } digits is on its way. The code works for { $minutes } minute, in this browser only.
       *[other] If there is an account of that name, an e-mail with a code of { $digits } digits is on its way. The code works for { $minutes } minutes, in this browser only.
    }
sent-code-restart = Back to the beginning
back-to-login = Back to the login
first-password-heading = Choose your password
first-password-lead = Your user name is { $name }. Use a password that you use nowhere else. What else you need comes when you log in.
new-password-heading = Choose a new password
new-password-lead = Use one that you use nowhere else. All your sessions end, everywhere.
new-password-label = New password
new-password-hint =
    { $count ->
        [one] At least { $count } character. A few words that do not belong together are easy to remember.
       *[other] At least { $count } characters. A few words that do not belong together are easy to remember.
    }
new-password-submit = Save password
new-password-wrong = This password cannot be used. Choose another one.
recovered-heading = Your password is changed
recovered-text = Log in with it now. Your second step is as it was, but a code by e-mail does not count as one for now: choose another method, or ask support.
weak-too-short =
    { $count ->
        [one] This password is too short: it needs at least { $count } character.
       *[other] This password is too short: it needs at least { $count } characters.
    }
weak-too-long =
    { $count ->
        [one] This password is too long: it may have { $count } character.
       *[other] This password is too long: it may have { $count } characters.
    }
weak-too-common = This password is one of those that are guessed first. Choose another one.
weak-contains-name = This password contains your name, your address or the name of the organisation. Choose another one.
weak-unchanged = That is the password you have. Choose another.

## A new account

register-heading = Create an account
register-lead = We send a code to your e-mail address and one to your phone, to see that both are yours.
register-lead-email = We send a code to your e-mail address, to see that it is yours.
register-name = Your name
register-email = E-mail address
register-email-hint = It is also your user name.
register-invited = This is the address that was invited. It is also your user name.
register-number = Mobile number
register-number-hint = With the country code, such as { $code }. It must be able to get text messages.
register-number-hint-call = With the country code, such as { $code }. We call it and read a code out.
register-password = Password
register-known-question = Already have an account?
register-no-name = Enter your name, in at most 100 characters.
register-domain = Addresses of this domain cannot be used here. Use the address that your organisation gave you.
register-taken = There is an account of this address by now. Log in instead.
register-wrong = Something about that was not right. Check it and try again.
register-prove-email = We sent an e-mail to { $to }. Enter the code of { $digits } digits that is in it. If there is no code in it, it tells you how to go on.
register-prove-sms = We sent a text message with a code of { $digits } digits to { $to }. It usually arrives within seconds.
register-prove-voice = We are calling { $to }. Follow the voice: it reads out a code of { $digits } digits.
registered-heading = Your account is ready
registered-text = Log in with your user name and your password to begin.

## What was changed, in a sentence: also part of text messages, so letters of the GSM alphabet only

change-added = A second step was added to your account: { $method }.
change-removed = A second step was removed from your account: { $method }.
change-replaced = A second step of your account was changed: { $method }.
change-codes-made = New emergency codes were made for your account.
change-code-used = An emergency code was used to log in to your account.
change-codes-deleted = The emergency codes of your account were deleted.
change-address = The e-mail address of your account was changed.
change-password = The password of your account was changed.
change-reset = Support removed the second step of your account.
change-reset-planned = Support will remove the second step of your account.
change-locked = Too many wrong codes: your second step is locked for a while.
change-compromised = Somebody else seems to know your password: log in to change it.
change-objected = Somebody said that a change of your account was not you. It is undone.

## "This was not me"

objection-heading = Was this you?
objection-at = When
objection-origin = From
objection-effect = If it was somebody else, say so. We then take off what was added or chosen since, end all your sessions, and let nobody change how you log in until you have proven that it is you.
objection-submit = This was not me
objection-was-me = If it was you, just close this page.
objected-heading = Thank you, your account is protected
objected-text = What was added or chosen since is taken off, your sessions are ended, and nobody can change how you log in for now.
objected-hint = Somebody may know your password. Log in, change it, and have a look at your second step. If your password was changed, neither the old nor the new one works: choose another by “Forgot your password?”, or ask support.

## Choosing a method

methods-heading = Choose another method
methods-lead = How do you want to confirm that it is you?
methods-back = Back
method-totp = Authenticator app
method-sms = Text message
method-voice = Phone call
method-email = E-mail
method-emergency = Emergency code
method-password = Password
method-recommended = Recommended
method-less-secure = Less secure
methods-notice = Messages and calls can be read or redirected by others. Use the app if you can.

## Logout

logout-heading = Log out?
logout-lead = This ends your session with { $brand } in every application.
logout-submit = Log out
logged-out-heading = You are logged out
logged-out-text = On a shared computer, close the browser too.
log-in-again = Log in again

## On the way to an application

leave-heading = You are in
leave-text = We are taking you to your application.
leave-link = Go on
not-sent-heading = Your form was not sent
not-sent-text = Your session had ended before you sent it, so nothing was passed on. Log in, then send it again.
not-sent-hint = Your browser’s back button may still show what you typed.
not-sent-link = Log in

## A form that came too late, and is kept

form-saved-heading = Your form is not sent yet
form-saved-text = Your session had ended before you sent it to { $application }. We keep it for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}. Log in, and we ask you whether to send it.
form-saved-link = Log in
form-saved-hint = Stay in this browser, and log in as the same person.
form-offer-heading = Send the form you filled in?
form-offer-lead = Your session had ended before you sent it, so we kept it for you.
form-offer-application = Application
form-offer-at = Filled in
form-offer-submit = Send it
form-offer-once = It is sent once.
form-offer-not = Do not send it
form-under-way-heading = Your form is on its way
form-under-way-text = In a moment you see what the application answers.
form-under-way-link = Go on
form-gone-heading = There is no form to send
form-gone-text = It was kept for a while only, or is somebody else’s, or came from another browser. Fill it in again.
form-answered-heading = Your form was sent
form-answered-text = The application answered, so we do not send it again. Look there for what became of it.
form-unanswered-heading = Your form was sent, but no answer came
form-unanswered-text = It may have arrived or not, and we never send it twice. Look into the application before you fill it in again.

form-waits-heading = Your form is not sent yet
form-waits-text = The application cannot be reached at the moment. We still have your form: try again shortly.
form-waits-link = Back to the form

## Account

account-heading = Hello, { $name }
account-title = Your account
account-applications = Your applications
account-no-applications = There are no applications for you here yet.
account-person = About you
account-username = User name
account-email = E-mail
account-groups = Groups
account-methods = Your second step
account-no-methods = You have no second step set up.

missing-link = Set it up
missing-second-factor = Only your password protects your account.
missing-emergency-codes = You have no emergency codes for the day you lose your phone.
missing-more-emergency-codes = You have few emergency codes left.
missing-verification = Something you began to set up still waits for its code.
missing-replacement = You logged in with an emergency code. If your phone or app is gone for good, set up another one now and remove the old one.
sections-label = Your account
section-overview = Overview
section-security = Security
section-profile = Profile
section-sessions = Sessions
section-password = Password
done-added = It is set up. You can use it from now on.
done-removed = It is removed.
done-changed = It is saved.
done-password-changed = Your password is changed. All your other sessions have ended.
done-ended = Ended. It takes effect within a second.
done-forgotten = Forgotten. That browser is treated like any other from now on.

## Account: profile

profile-heading = Your profile
profile-waiting = This new address still waits for its code:
profile-waiting-link = Enter the code
profile-save-name = Save name
profile-email = New e-mail address
profile-email-hint = We send a code to the new address. Until you enter it, your present address stays; it is told of the change. If you use codes by e-mail as a second step, change those under Security.
profile-save-email = Save & get code
profile-elsewhere = Your organisation looks after your name and address. Ask there to have them changed.
profile-phones = Phones
profile-no-phones = No phone receives codes yet.
profile-add-phone = Add phone number

## Account: security

security-heading = Security
security-add = Add a second step
item-added = Added
item-used = last used
item-preferred = Asked first
item-describe = Save
item-prefer = Ask for this first
item-change = Use another number
item-remove-title = Remove
item-remove-text = Codes from it will no longer count at once.
item-remove = Remove it
item-last = This is your only second step, and you must have one. Add another first, then remove this one.
description-label = Description (who or what uses it; optional)
waiting-text = Waits for its code:

## Account: sessions and password

sessions-heading = Your sessions
sessions-lead = Wherever you are logged in. End what you do not recognise, and change your password.
sessions-end-others = End all others
session-here = This one
session-opened = Opened
session-seen = last used
session-ends = ends by
session-end = End
devices-heading = Browsers that know you
devices-lead = You have logged in completely in these. They may try a password when others must wait. Forget those that you no longer have.
device-since = Known since
device-used = last used
device-unknown = Somewhere
device-forget = Forget
password-heading = Your password
password-lead = A long sentence that only you would think of is best. You stay logged in here; all other sessions end.
password-current = Present password
password-new = New password
password-submit = Change password
password-wrong = The present password is not right. Check it and try again.
password-compromised = Somebody else seems to know your password: they were stopped at the second step again and again. Choose a new one to go on.

## Setting up a second step

enrol-progress = Step { $step } of { $of }
enrol-back = Back
enrol-later-until = You can do this later, but no later than { $day }: from the next day on, nothing opens without it.
enrol-verify = Verify
choose-heading = Set up a second step
choose-lead = { $brand } asks for something besides your password, so that nobody gets in who only knows that.
app-intro-heading = Get an authenticator app
app-intro-lead = An app on your phone shows a new code every 30 seconds, even without a network. Any of these will do, and many others:
app-intro-hint = Install one from your phone’s store, then come back to this page. It waits.
app-intro-description = What you call it, such as “work phone” (optional)
app-intro-submit = I have an app
app-key-heading = Connect your app
app-key-lead = Scan this picture with your app, then enter the code it shows.
app-key-picture = QR code for your authenticator app
app-key-open = Is the app on this device? Open it
app-key-typed = Cannot scan? Type this key into the app:
app-key-copy = Copy the key
copied = Copied.
number-heading = Add your phone
number-heading-replace = Use another number
number-lead = We send a code to it to make sure that it is yours. It is also your way back if you lose your app.
number-lead-replace = The number { $number } keeps working until the new one is verified.
number-label = Phone number, with country code
number-channel = How the code reaches you
number-submit = Send code
number-submit-replace = Save & get code
number-not-a-number = This is not a phone number. Write it in international form, like +33 6 12 34 56 78.
number-country = We cannot reach numbers of that country. Use another number.
number-no-text-messages = This is a landline, which gets no text messages. Use a mobile number.
number-costly = This is not a mobile number: calls to it cost extra. Use a mobile number.
number-nobodys-own = This is not a mobile phone. Use a mobile number.
mailbox-anothers = This address belongs to another account, so nothing was changed. Use another address, or remove it there first.
number-too-many-accounts = This number cannot be used for another account. Use another number.
address-already-there = You have this one already.
mailbox-heading = Add your e-mail
mailbox-lead = We send a code to it to make sure that it is yours.
mailbox-label = E-mail address
mailbox-not-an-address = This is not an e-mail address. Check it for typing mistakes.
prove-heading = Enter the code
unfinished-heading = Finish setting up your phone?
unfinished-lead = You began to add a phone and did not enter its code. It counts for nothing until you do.
unfinished-later = Not now
unfinished-forget = Forget this phone
prove-drop = Use another one
codes-heading = Get your emergency codes
codes-title = Emergency codes
codes-lead = Ten codes to keep on paper or in your password manager. Each lets you in once when your phone is lost.
codes-submit = Show new codes
codes-replace = New codes make the old ones worthless.
codes-delete = Delete all codes
codes-manage = Look after your codes
codes-left =
    { $count ->
        [one] { $count } of ten codes is left.
       *[other] { $count } of ten codes are left.
    }
codes-none = You have no emergency codes.
codes-shown-heading = Your emergency codes
codes-shown-lead = Copy, print or save them now: they are shown only once.
codes-shown-hint = Keep them where others do not look. Each works once, together with your password.
codes-shown-copy = Copy the codes
codes-shown-save = Save as a file
codes-shown-print = Print this page
codes-shown-submit = I have kept them

## Where it does not go on

refused-heading = You cannot open this
refused-text = You are logged in, but your account has no access here. If you need it, ask whoever looks after this application.
not-enrolled-heading = A second step is missing
not-enrolled-text = This application asks for a second step at login, and your account has none that counts here. Please contact support to have one set up.
login-ended-heading = This login has ended
login-ended-text = It was open for too long, or there were too many tries. Please start again.
not-found-heading = There is nothing here
not-found-text = No page has this address. Check it for typing mistakes, or go back.
bad-request-heading = We could not read that
bad-request-text = Something about what your browser sent was not right. Go back, reload the page and try again.
misdirected-heading = This address leads nowhere
misdirected-text = Nothing is kept at this address. Check it for typing mistakes, or ask whoever gave it to you.
too-large-heading = That is too large
too-large-text = What you sent is larger than we can take. Try again with something smaller.
too-many-heading = That was a bit much
too-many-changes-heading = That was a bit much
too-many-changes-text = This account was changed many times in a short time. Nothing was changed just now, and everything you have still works. You can go on { $wait }.
too-many-text = Too many requests came from you in a short time. You can try again { $wait }.
unavailable-heading = We will be right back
unavailable-text = We cannot let anyone in at the moment. You did nothing wrong: please try again shortly.
upstream-down-heading = The application does not answer
upstream-down-text = Your way in is fine, but the application cannot be reached. Please try again shortly.
upstream-slow-heading = The application takes too long
upstream-slow-text = It did not answer in time. If you were sending something, check whether it arrived before you send it again.
fault-heading = Something went wrong
fault-text = The mistake is ours, not yours. Please try again. If it happens again, tell support the request ID below.
timeout-heading = That took too long
timeout-text = Your browser’s request did not reach us in time. Check your connection and try again.
method-not-allowed-heading = That does not work here
method-not-allowed-text = This address cannot be used in this way. Go back and use the links and buttons of the page.
headers-too-large-heading = Your browser sent too much
headers-too-large-text = Often that means too many cookies. Delete the cookies of this site and try again.
stale-heading = This page was out of date
stale-text = So what you sent was not used. Go back, reload the page and try again.

registration-closed-heading = You need an invitation
registration-closed-text = Accounts are not made here. Ask your organisation for an invitation, or for an account.
link-ended-heading = This link does not work any more
link-ended-text = It was used already, it is too old, or part of it is missing. Open it again from the message it came in, or ask for a new one.
changes-frozen-heading = Nothing can be changed for now
changes-frozen-text = Somebody told us that a change to this account was not theirs. Until support has looked at it, how you log in stays as it is.
enrolment-impossible-heading = A second step is missing
enrolment-impossible-text = Your account needs a second step, and there is none that you can set up here by yourself. Please contact support.

## Text messages: letters of the GSM alphabet only, and short (see message.rs)

sms-code =
    { $minutes ->
        [one] { $code } is your { $brand } login code, valid for { $minutes } minute. We never ask for it. Do not share it.
       *[other] { $code } is your { $brand } login code, valid for { $minutes } minutes. We never ask for it. Do not share it.
    }

sms-registration-code =
    { $minutes ->
        [one] { $code } is your code to create your { $brand } account, valid for { $minutes } minute. Do not share it.
       *[other] { $code } is your code to create your { $brand } account, valid for { $minutes } minutes. Do not share it.
    }
sms-notice = { $brand }: { $change } { $at }. Not you? Contact support at once.

## Calls: as they are spoken, so without signs; { $code } has its digits divided by commas

call-invitation = Hello. This is { $brand }, with the code for your login. Press any key to hear it.
call-code = Your { $brand } login code is: { $code }. Once more: { $code }. We never ask for it. Do not tell it to anybody. Goodbye.
call-farewell = No key was pressed. Goodbye.

## E-mails

email-code-subject = { $code } is your { $brand } login code
email-code-first = { $code } is your code to log in to { $brand }.
email-code-validity =
    { $minutes ->
        [one] It works once, for { $minutes } minute.
       *[other] It works once, for { $minutes } minutes.
    }
email-code-origin = The login came from { $origin }. If that was not you, somebody knows your password: do not pass on the code, and change your password soon.
email-code-never = We never ask for this code, neither by phone nor by message. Enter it only on the page where you are logging in.
code-never = We never ask for this code, neither by phone nor by message. Enter it only on the page that asks you for it.
registration-subject = { $code } is your code to create your { $brand } account
registration-first = { $code } is your code to create your account with { $brand }.
registration-origin = Somebody at { $origin } is creating an account with this e-mail address. If that was not you, ignore this e-mail: without the code there will be none.
recovery-subject = { $code } is your code to change your { $brand } password
recovery-first = { $code } is your code to choose a new password for { $brand }.
recovery-origin = Somebody at { $origin } forgot the password of your account. If that was not you, ignore this e-mail: without the code nothing changes.
already-subject = You already have an account with { $brand }
already-first = This e-mail address already has an account with { $brand }, so no new one was made. Log in instead.
already-forgotten = If you forgot your password, the page where you log in helps you to choose a new one.
already-origin = Somebody at { $origin } tried to create an account with this address. If that was not you, ignore this e-mail: nothing has changed.
invitation-subject = Your invitation to { $brand }
invitation-first = You are invited to create an account with { $brand }. Have your phone at hand.
invitation-until = The link works once, until { $until }. If you did not expect it, ignore this e-mail.
notice-subject = { $brand }: { $change }
notice-at = When: { $at }
notice-origin = From: { $origin }
notice-code-used = If you lost your phone, set up a new second step now, and make new emergency codes when they run low.
notice-objection =
    { $days ->
        [one] If this was you, all is well. If it was not, say so on the page below. It works for { $days } day, without logging in.
       *[other] If this was you, all is well. If it was not, say so on the page below. It works for { $days } days, without logging in.
    }
notice-no-objection = If this was you, all is well. If it was not, contact support at once.

## On the way between the login and an application, when it does not get there

no-cookies-heading = Your browser did not bring our cookie
no-cookies-text = Without it we cannot tell that it is you. Allow cookies for this site, and go to your application from here, not from a link somebody sent you.
circle-heading = You are going round in circles
circle-text = Your login is fine, but the application has sent you back here several times. Wait half a minute and try again. If it happens again, close other programs that change your connection, a VPN for example, or tell support the request ID below.

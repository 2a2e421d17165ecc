# What employees read. The words in capitals are commands and are the same in every language.
# The announcement and the three groups of the summary keep the wording that staff already know.

announcement = Available shifts: { $shifts }. To secure a shift reply by typing the codes separated by comma e.g. XYZ123, XYZ222. Text REQUEST to receive all available shifts or STOP to stop receiving such notifications.
announcement-with-agent = { announcement } If you want to speak to an agent text AGENT and what you need help with.
message = { $message } Text STOP to stop receiving such notifications.

summary = Request summary - { $groups }. { $next }
summary-booked = Shift booked: { $shifts }
summary-already-yours = Already yours: { $shifts }
summary-taken = Shift taken: { $codes }
summary-closed = Shift closed: { $codes }
summary-unknown = Shift doesn't exist: { $codes }
summary-given-back = Shift given back: { $codes }
summary-not-yours = Not yours: { $codes }
summary-not-handled = Not handled, at most { $limit } codes a text: { $codes }
next-drop = To give a shift back text DROP and its code.
next-request = Text REQUEST for available shifts.
next-mine = Text MINE for your shifts.

no-such-shift = This is not a valid shift code, text REQUEST to view the available shifts.
no-such-shift-with-agent = This is not a valid shift code, text REQUEST to view the available shifts or text AGENT and what you need help with to call you back.

available-shifts = These are the shifts available: { $shifts }. Reply with the codes to book.
available-shifts-and-more = These are the shifts available: { $shifts }. Reply with the codes to book, MORE for more.
more-shifts = More shifts: { $shifts }. Reply with the codes to book.
more-shifts-and-more = More shifts: { $shifts }. Reply with the codes to book, MORE for more.
no-shifts = There are no shifts at this time. We will text you when there are.
no-more-shifts = There are no more shifts. Text REQUEST to start from the first.

my-shifts = Your shifts: { $shifts }. To give one back text DROP and its code.
my-shifts-and-more = Your next shifts: { $shifts }, and { $more } more. To give one back text DROP and its code.
no-shifts-of-mine = You have no shifts booked. Text REQUEST for available shifts.
drop-what = Text DROP and the code of the shift you give back, e.g. DROP XYZ123. Text MINE for your shifts.

# Nothing is done before these are answered.
and = and
or = or
ask = { $shift } is free. Do you want it? Text YES to book it. Nothing is booked yet.
ask-several = { $codes } are free. Text YES to book { $count ->
        [2] both
       *[other] all
    }, or only one code.
ask-many = Nothing is booked yet. Reply with only the codes you want, e.g. { $codes }.
ask-to-give-back = { $shift } is yours. Give it back? Text YES. For no more texts text STOP.
which-to-give-back = Which shift do you give back? Yours are { $shifts }. Text DROP and its code. For no more texts text STOP.
yours = { $shift } is yours. To give it back text DROP { $code }.
not-booked = OK, you are not booked for { $code }. If you want it text { $code }.
did-you-mean = There is no shift { $typed }. Did you mean { $shift }? Text YES to book it.
did-you-mean-one-of = There is no shift { $typed }. Did you mean { $shifts }? Text the code that you want.
ask-keyword = For no more texts text STOP. To book { $code } text { $code }.
ask-again = Sorry, was that a yes? Text YES or NO.
which = Yes to which? Text { $choices }.
which-appointment = Which one? Text { $choices }. NO works the same way.
choice-of-appointment = YES { $number } for { $at }
choice-of-appointment-with-name = YES { $number } for { $at } ({ $name })
not-offered = { $command } is not offered here yet. Text REQUEST for available shifts.
limit = You have sent many texts in a short time. We will answer again in an hour. To stop all texts text STOP.
limit-of-the-day = You have sent many texts today. We will answer again tomorrow. To stop all texts text STOP.

agent-will-call = Thank you, an agent will call you soon.
agent-can-not-call = Sorry, no agent could be reached. Please try again later.
agent-already-asked = An agent was asked to call you a short while ago. Please wait for the call.
agent-not-available = Sorry, calls from an agent are not offered here. Text REQUEST for available shifts or HELP for help.

opted-out = You are unsubscribed and will get no more texts. Text START to get them again.
opted-out-with-bookings = You are unsubscribed and will get no more texts. Your { $bookings } { $bookings ->
        [one] booked shift stays
       *[other] booked shifts stay
    } yours. Text START to get texts again.
opted-out-and-declined = You are unsubscribed. We have noted that you will not come. Text START to get texts again.
opted-out-of-all = { $text } This holds for everybody who texts you through this service.
opted-in = You are subscribed again. Text REQUEST for available shifts or STOP to unsubscribe.
opted-in-customer = You are subscribed again. Text STOP to unsubscribe.
opted-in-already = You are subscribed. Text STOP to unsubscribe.
appointment-confirmed = Thank you, your appointment is confirmed.
appointment-declined = Thank you for telling us. We have noted that you will not come.
help = Shift booking by text. Reply with shift codes to book, REQUEST for available shifts, MINE for yours, DROP and a code to give one back. Text STOP to unsubscribe. Msg & data rates may apply.
help-with-agent = Shift booking by text. Reply with shift codes to book, REQUEST for available shifts, MINE for yours, DROP and a code to give one back, AGENT to be called. Text STOP to unsubscribe. Msg & data rates may apply.
help-for-customers = Texts about your appointments, bookings and bills. Text STOP to unsubscribe, START to get texts again. Msg & data rates may apply.
help-of = { $name }: { $help }
help-with-contact = { $help } Questions: { $contact }
not-understood = Sorry, we did not understand. Reply with only the shift codes to book, or text REQUEST for available shifts, DROP and a code to give one back, STOP to unsubscribe or HELP for help.
not-understood-by-customer = Sorry, we did not understand. Text HELP for help or STOP to unsubscribe.
try-again = Sorry, many people are booking right now and your text could not be handled. Nothing was booked. Please send it again.
access-denied = NOT-AUTHORISED please contact the administrator

# What people are told without having asked. Dates, times and amounts come already written in this language.

one-time-code = Your code is { $code }. It is valid for { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. Do not share it with anyone.
contract-expiry = Your contract { $contract } ends on { $date }. Please contact us if you wish to renew it.
bill-issued = Bill { $bill }: { $amount }. Please pay by { $date }.
payment-confirmed = We have received your payment of { $amount } for bill { $bill }. Thank you.
bill-overdue = Bill { $bill } of { $amount } was due on { $date } and is not paid yet. If you have paid it in the meantime, please ignore this text.
booking-created = Your booking is confirmed: { $what }, { $at }.
booking-changed = Your booking has changed. It is now: { $what }, { $at }.
booking-cancelled = Your booking has been cancelled: { $what }, { $at }.

appointment-scheduled = Your appointment at { $place } is on { $at }.
appointment-rescheduled = Your appointment at { $place } has been moved to { $at }.
appointment-cancelled = Your appointment at { $place } on { $at } has been cancelled.
appointment-confirmation = Please confirm your appointment at { $place } on { $at }. Reply YES to confirm or NO to decline.
review-request = Thank you for your visit to { $place }. We hope that all was well and would be glad of a review.
review-request-with-link = Thank you for your visit to { $place }. We would be glad of a review: { $link }
shift-reminder = Reminder: your shift { $shift } begins on { $at }. To give it back text DROP and its code.

# What the staff is told.

staff-appointment-confirmed = { $customer } has confirmed the appointment on { $at }.
staff-appointment-declined = { $customer } has declined the appointment on { $at }.
staff-appointment-scheduled = New appointment: { $customer } at { $place }, { $at }.
staff-appointment-rescheduled = Appointment moved: { $customer } at { $place }, now { $at }.
staff-appointment-cancelled = Appointment cancelled: { $customer } at { $place }, { $at }.
budget-alert = SMS budget { $month }: { $used } of { $limit } segments are used.

# Ажилтнуудын уншдаг бичвэр. Том үсгээр бичсэн үгс нь бүх хэлэнд ижил тушаал юм.

announcement = Боломжит ээлж: { $shifts }. Ээлж авах бол кодыг таслалаар тусгаарлан бичиж хариулна уу, ж.нь XYZ123, XYZ222. Бүх ээлжийг харах бол REQUEST, мэдэгдэл зогсоох бол STOP гэж бичнэ үү.
announcement-with-agent = { announcement } Ажилтантай ярих бол AGENT гэж бичээд асуултаа бичнэ үү.
message = { $message } Мэдэгдэл зогсоох бол STOP гэж бичнэ үү.

summary = Хариу - { $groups }. { $next }
summary-booked = Авсан ээлж: { $shifts }
summary-already-yours = Аль хэдийн таных: { $shifts }
summary-taken = Өөр хүн авсан: { $codes }
summary-closed = Хаагдсан: { $codes }
summary-unknown = Ийм ээлж алга: { $codes }
summary-given-back = Буцаасан ээлж: { $codes }
summary-not-yours = Таных биш: { $codes }
summary-not-handled = Нэг мессежид { $limit } код, үлдсэн нь: { $codes }
next-drop = Буцаах бол DROP гээд кодыг бичнэ үү.
next-request = Боломжит ээлж харах бол REQUEST.
next-mine = Өөрийн ээлжээ харах бол MINE.

no-such-shift = Ийм кодтой ээлж алга. Боломжит ээлж харах бол REQUEST гэж бичнэ үү.
no-such-shift-with-agent = Ийм кодтой ээлж алга. Боломжит ээлж харах бол REQUEST, бидэнтэй ярих бол AGENT гэж бичээд асуултаа бичнэ үү.

available-shifts = Боломжит ээлж: { $shifts }. Авах бол кодоор хариулна уу.
available-shifts-and-more = Боломжит ээлж: { $shifts }. Авах бол кодоор хариулна уу, дараагийнх MORE.
more-shifts = Дараагийн ээлж: { $shifts }. Авах бол кодоор хариулна уу.
more-shifts-and-more = Дараагийн ээлж: { $shifts }. Авах бол кодоор хариулна уу, дараагийнх MORE.
no-shifts = Одоогоор боломжит ээлж алга. Гарвал танд мэдэгдэнэ.
no-more-shifts = Өөр ээлж алга. Эхнээс нь харах бол REQUEST.

my-shifts = Таны ээлж: { $shifts }. Буцаах бол DROP гээд кодыг бичнэ үү.
my-shifts-and-more = Таны ойрын ээлж: { $shifts }, өөр { $more } ээлж бий. Буцаах бол DROP гээд кодыг бичнэ үү.
no-shifts-of-mine = Танд авсан ээлж алга. Боломжит ээлж харах бол REQUEST.
drop-what = Буцаах ээлжийн кодыг бичнэ үү, ж.нь DROP XYZ123. Өөрийн ээлжээ харах бол MINE.

# Хариулах хүртэл юу ч хийгдэхгүй.
and = ба
or = эсвэл
ask = { $shift } сул байна. Авах уу? Авах бол YES гэж бичнэ үү. Одоохондоо бүртгээгүй.
ask-several = { $codes } сул байна. { $count ->
        [2] Хоёуланг нь
       *[other] Бүгдийг нь
    } авах бол YES, эсвэл нэг кодыг нь бичнэ үү.
ask-many = Одоохондоо бүртгээгүй. Зөвхөн авах кодоо бичнэ үү, ж.нь { $codes }.
ask-to-give-back = { $shift } таных. Буцаах уу? Буцаах бол YES. Мэдэгдэл зогсоох бол STOP.
which-to-give-back = Аль ээлжийг буцаах вэ? Таных: { $shifts }. DROP гээд кодыг бичнэ үү. Мэдэгдэл зогсоох бол STOP.
yours = { $shift } таных. Буцаах бол DROP { $code } гэж бичнэ үү.
not-booked = За, { $code } бүртгэгдээгүй. Авах бол { $code } гэж бичнэ үү.
did-you-mean = { $typed } гэсэн ээлж алга. { $shift } юу? Авах бол YES гэж бичнэ үү.
did-you-mean-one-of = { $typed } гэсэн ээлж алга. { $shifts } юу? Авах кодоо бичнэ үү.
ask-keyword = Мэдэгдэл зогсоох бол STOP. { $code } ээлжийг авах бол { $code } гэж бичнэ үү.
ask-again = Уучлаарай, тийм үү, үгүй юү? YES эсвэл NO гэж бичнэ үү.
which = Аль нь вэ? { $choices } гэж бичнэ үү.
which-appointment = Аль нь вэ? { $choices } гэж бичнэ үү. NO мөн адил.
choice-of-appointment = YES { $number } ({ $at })
choice-of-appointment-with-name = YES { $number } ({ $at }, { $name })
not-offered = { $command } одоогоор байхгүй. Боломжит ээлж харах бол REQUEST.
limit = Та богино хугацаанд олон мессеж илгээлээ. Нэг цагийн дараа дахин хариулна. Мэдэгдэл зогсоох бол STOP.
limit-of-the-day = Та өнөөдөр олон мессеж илгээлээ. Маргааш дахин хариулна. Мэдэгдэл зогсоох бол STOP.

agent-will-call = Баярлалаа, ажилтан тантай удахгүй холбогдоно.
agent-can-not-call = Уучлаарай, холбогдох боломжгүй байна. Дараа дахин оролдоно уу.
agent-already-asked = Ажилтан тантай удахгүй холбогдоно. Түр хүлээнэ үү.
agent-not-available = Уучлаарай, ажилтан залгах үйлчилгээ алга. Ээлж харах бол REQUEST, тусламж HELP.

opted-out = Таны бүртгэл цуцлагдлаа, мессеж ирэхгүй. Дахин авах бол START гэж бичнэ үү.
opted-out-with-bookings = Таны бүртгэл цуцлагдлаа, мессеж ирэхгүй. Авсан { $bookings } ээлж тань хэвээр. Дахин авах бол START гэж бичнэ үү.
opted-out-and-declined = Таны бүртгэл цуцлагдлаа. Таныг ирэхгүй гэж тэмдэглэлээ. Дахин авах бол START гэж бичнэ үү.
opted-out-of-all = { $text } Энэ үйлчилгээгээр танд бичдэг бүх байгууллагад хамаарна.
opted-in = Та дахин бүртгэгдлээ. Ээлж харах бол REQUEST, цуцлах бол STOP.
opted-in-customer = Та дахин бүртгэгдлээ. Цуцлах бол STOP.
opted-in-already = Та бүртгэлтэй байна. Цуцлах бол STOP.
appointment-confirmed = Баярлалаа, таны цаг баталгаажлаа.
appointment-declined = Мэдэгдсэнд баярлалаа. Таныг ирэхгүй гэж тэмдэглэлээ.
help = Ээлж авах үйлчилгээ. Авах бол кодоор хариулна уу. REQUEST: боломжит ээлж, MINE: таны ээлж, DROP ба код: буцаах, STOP: цуцлах.
help-with-agent = Ээлж авах үйлчилгээ. Авах бол кодоор хариулна уу. REQUEST: боломжит ээлж, MINE: таны ээлж, DROP ба код: буцаах, AGENT: ажилтан залгана, STOP: цуцлах.
help-for-customers = Таны цаг, захиалга, нэхэмжлэхийн мэдэгдэл. Цуцлах бол STOP, дахин авах бол START.
help-of = { $name }: { $help }
help-with-contact = { $help } Асуулт: { $contact }
not-understood = Уучлаарай, ойлгосонгүй. Зөвхөн ээлжийн кодоор хариулна уу. Ээлж харах бол REQUEST, буцаах бол DROP ба код, мэдэгдэл зогсоох бол STOP, тусламж HELP.
not-understood-by-customer = Уучлаарай, ойлгосонгүй. Тусламж авах бол HELP, цуцлах бол STOP.
try-again = Уучлаарай, олон хүн зэрэг бичиж байна, таны мессежийг боловсруулж чадсангүй. Юу ч бүртгээгүй. Дахин илгээнэ үү.
access-denied = Танд эрх алга. Админтай холбогдоно уу.

# Хүн асуугаагүй байхад мэдэгддэг зүйлс. Огноо, цаг, мөнгөн дүн энэ хэлээр бичигдсэн ирнэ. Нөхцөл нь тооны уншлагаас
# хамаарахгүй байхаар бичсэн.

one-time-code = Нэг удаагийн код: { $code }. { $minutes } минут хүчинтэй. Хэнд ч бүү хэлээрэй.
contract-expiry = Таны гэрээ { $contract } дуусах хугацаа: { $date }. Сунгах бол бидэнтэй холбогдоно уу.
bill-issued = Нэхэмжлэх { $bill }: { $amount }. Төлөх эцсийн хугацаа: { $date }.
payment-confirmed = Нэхэмжлэх { $bill }: { $amount } төлбөрийг хүлээн авлаа. Баярлалаа.
bill-overdue = Нэхэмжлэх { $bill } ({ $amount }) төлөгдөөгүй байна. Төлөх хугацаа { $date }-нд дууссан. Хэрэв төлсөн бол энэ мессежийг үл тоомсорлоно уу.
booking-created = Захиалга баталгаажлаа: { $what }, { $at }.
booking-changed = Захиалга өөрчлөгдлөө. Одоо: { $what }, { $at }.
booking-cancelled = Захиалга цуцлагдлаа: { $what }, { $at }.

appointment-scheduled = Таны цаг бүртгэгдлээ: { $place }, { $at }.
appointment-rescheduled = Таны цаг өөрчлөгдлөө. Шинэ цаг: { $place }, { $at }.
appointment-cancelled = Таны цаг цуцлагдлаа: { $place }, { $at }.
appointment-confirmation = Цагаа баталгаажуулна уу: { $place }, { $at }. Ирэх бол YES, ирэхгүй бол NO гэж хариулна уу.
review-request = { $place }: манайхаар үйлчлүүлсэнд баярлалаа. Сэтгэгдлээ хуваалцвал бид баяртай байх болно.
review-request-with-link = { $place }: манайхаар үйлчлүүлсэнд баярлалаа. Сэтгэгдлээ үлдээнэ үү: { $link }
shift-reminder = Сануулга: таны ээлж { $shift }, эхлэх цаг { $at }. Буцаах бол DROP гээд кодыг бичнэ үү.

# Байгууллагын ажилтнуудад.

staff-appointment-confirmed = { $customer } цагаа баталгаажууллаа: { $at }.
staff-appointment-declined = { $customer } ирэхгүй гэж хариуллаа: { $at }.
staff-appointment-scheduled = Шинэ цаг: { $customer }, { $place }, { $at }.
staff-appointment-rescheduled = Цаг өөрчлөгдлөө: { $customer }, { $place }, шинэ цаг { $at }.
staff-appointment-cancelled = Цаг цуцлагдлаа: { $customer }, { $place }, { $at }.
budget-alert = SMS төсөв { $month }: нийт { $limit } хэсгээс { $used } нь ашиглагдсан.

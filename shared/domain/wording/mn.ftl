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

agent-will-call = Баярлалаа, ажилтан тантай удахгүй холбогдоно.
agent-can-not-call = Уучлаарай, холбогдох боломжгүй байна. Дараа дахин оролдоно уу.
agent-already-asked = Ажилтан тантай удахгүй холбогдоно. Түр хүлээнэ үү.
agent-not-available = Уучлаарай, ажилтан залгах үйлчилгээ алга. Ээлж харах бол REQUEST, тусламж HELP.

opted-out = Таны бүртгэл цуцлагдлаа, мессеж ирэхгүй. Дахин авах бол START гэж бичнэ үү.
opted-out-with-bookings = Таны бүртгэл цуцлагдлаа, мессеж ирэхгүй. Авсан { $bookings } ээлж тань хэвээр. Дахин авах бол START гэж бичнэ үү.
opted-in = Та дахин бүртгэгдлээ. Ээлж харах бол REQUEST, цуцлах бол STOP.
appointment-confirmed = Баярлалаа, таны цаг баталгаажлаа.
appointment-declined = Мэдэгдсэнд баярлалаа. Таныг ирэхгүй гэж тэмдэглэлээ.
help = Ээлж авах үйлчилгээ. Авах бол кодоор хариулна уу. REQUEST: боломжит ээлж, MINE: таны ээлж, DROP ба код: буцаах, STOP: цуцлах.
help-with-agent = Ээлж авах үйлчилгээ. Авах бол кодоор хариулна уу. REQUEST: боломжит ээлж, MINE: таны ээлж, DROP ба код: буцаах, AGENT: ажилтан залгана, STOP: цуцлах.
not-understood = Уучлаарай, ойлгосонгүй. Зөвхөн ээлжийн кодоор хариулна уу. Ээлж харах бол REQUEST, буцаах бол DROP ба код, мэдэгдэл зогсоох бол STOP, тусламж HELP.
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

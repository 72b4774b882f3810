/**
 * Who can put it right. «Никто» = it passes by itself.
 */
export type Who = 'Менеджер' | 'Специалист 1С' | 'Администратор' | 'Площадка' | 'Никто'

/** The words for one code. `{name}` is a parameter of the reason; a part in `[…]` is left out when one of its parameters is missing. */
export interface ReasonText {
  /** What is wrong, in few words; the same for all items that need the same remedy, so that a report can count them. */
  readonly error: string
  readonly why: string
  readonly todo: string
  readonly who: Who
  /** `warn`: nothing is lost, or it passes by itself. */
  readonly severity: 'error' | 'warn'
}

/** Texts of our own codes: values we cannot send. */
const OURS: Readonly<Record<string, ReasonText>> = {
  'item.no_price': {
    error: 'Нет цены[ «{type}»]',
    why: 'В 1С у товара не установлена цена этого вида или она равна 0. Ноль за цену не считается. На площадке осталась прежняя цена.',
    todo: 'Установите цену в 1С (документ «Установка цен номенклатуры») и дождитесь следующей выгрузки.',
    who: 'Менеджер',
    severity: 'error',
  },
  'item.two_prices': {
    error: 'Две разные цены «{type}»',
    why: 'В выгрузке 1С у товара стоят разные цены одного вида[: {prices}]. Какая верна, решить нельзя.',
    todo: 'Проверьте в 1С цены этого вида: обычно цена задана на разные единицы измерения или упаковки.',
    who: 'Специалист 1С',
    severity: 'error',
  },
  'item.currency': {
    error: 'Цена «{type}» в другой валюте',
    why: 'Цена задана в валюте «{currency}», а кабинет продаёт в {wanted}.',
    todo: 'Если это та же валюта под другим названием, впишите его в currency базы (config/obmen.yaml), строкой «{currency}: {wanted}». Иначе задайте цену в валюте кабинета или выберите в настройке другой вид цен.',
    who: 'Специалист 1С',
    severity: 'error',
  },
  'item.no_stock': {
    error: 'Остаток ни разу не выгружался',
    why: '1С ещё не прислала остаток этого товара, поэтому он неизвестен — это не ноль. Остаток на площадке не меняется.',
    todo: 'Проверьте, что узел обмена выгружает остатки этого товара и его склада.',
    who: 'Специалист 1С',
    severity: 'error',
  },
  'item.two_values': {
    error: 'У свойства «{name}» два разных значения',
    why: 'Свойство встречается у товара дважды с разными значениями[: {values}].',
    todo: 'Оставьте в 1С одно значение свойства или удалите лишнее свойство с тем же названием.',
    who: 'Менеджер',
    severity: 'error',
  },
  'item.no_table_row': {
    error: 'Нет строки в таблице «{table}»[, столбец «{column}»]',
    why: 'В таблице нет строки или значения для ключа[ «{key}»].',
    todo: 'Добавьте строку в таблицу и сохраните её: изменение подхватится само.',
    who: 'Менеджер',
    severity: 'error',
  },
  'item.bad_table_cell': {
    error: 'Не число в таблице «{table}»[, столбец «{column}»]',
    why: 'В строке[ «{key}»] вместо числа стоит[ «{text}»].',
    todo: 'Исправьте ячейку: нужно число, например 1,25.',
    who: 'Менеджер',
    severity: 'error',
  },
  'item.bad_number': {
    error: 'Не число там, где нужно число',
    why: 'Вместо числа у товара стоит[ «{text}»].',
    todo: 'Исправьте значение свойства или реквизита в 1С: нужно число.',
    who: 'Менеджер',
    severity: 'error',
  },
  'item.bad_flag': {
    error: 'Признак не «да» и не «нет»',
    why: 'Вместо «да» или «нет» у товара стоит[ «{text}»].',
    todo: 'Исправьте значение признака в 1С: «Да» или «Нет».',
    who: 'Менеджер',
    severity: 'error',
  },
  'item.bad_step': {
    error: 'Шаг округления не больше нуля',
    why: 'Правило округляет с шагом[ «{text}»], а шаг должен быть больше нуля.',
    todo: 'Исправьте шаг в правиле или значение, из которого он берётся.',
    who: 'Администратор',
    severity: 'error',
  },
  'item.division_by_zero': {
    error: 'Деление на ноль в правиле',
    why: 'У этого товара делитель в правиле равен нулю.',
    todo: 'Исправьте у товара значение, на которое делит правило, или само правило.',
    who: 'Администратор',
    severity: 'error',
  },
  'item.product_unknown': {
    error: 'Товар ещё не описан в выгрузке 1С',
    why: '1С прислала предложение (цену или остаток), но не прислала сам товар.',
    todo: 'Обычно товар приходит в той же выгрузке. Если строка держится дольше часа — выгрузите товары полностью.',
    who: 'Специалист 1С',
    severity: 'warn',
  },
  'identity.none': {
    error: 'Нет артикула для площадки',
    why: 'Ни одно правило не дало артикула: у товара пусто всё, из чего он строится.',
    todo: 'Заполните в 1С артикул товара.',
    who: 'Менеджер',
    severity: 'error',
  },
  'identity.too_long': {
    error: 'Артикул для площадки слишком длинный',
    why: 'Артикул[ «{offerId}»] длиннее, чем принимает площадка[: {length} знаков при пределе {limit}].',
    todo: 'Сократите артикул в 1С или впишите короткий в таблицу артикулов.',
    who: 'Менеджер',
    severity: 'error',
  },
  'identity.taken': {
    error: 'Артикул уже занят другим товаром',
    why: 'Артикул[ «{offerId}»] принадлежит другому товару[ (Ид {owner})]. Второй раз он не выдаётся, иначе карточки перепутаются.',
    todo: 'Дайте товару другой артикул в 1С или удалите товар-дубль.',
    who: 'Менеджер',
    severity: 'error',
  },
  'order.unknown_offer': {
    error: 'В заказе товар, которого нет в 1С',
    why: 'Артикул[ «{offerId}»] из отправления[ {posting}] не связан ни с одним товаром 1С. Заказ не передан в 1С.',
    todo: 'Заведите в 1С товар с этим артикулом и отметьте его для площадки. Заказ уйдёт в 1С сам.',
    who: 'Менеджер',
    severity: 'error',
  },
  'order.unknown_warehouse': {
    error: 'Для склада «{warehouse}» не указан склад 1С',
    why: 'Отправление[ {posting}] собирается со склада площадки, для которого в настройке кабинета нет склада 1С. Заказ не передан в 1С.',
    todo: 'Допишите склад в warehouses кабинета (config/marketplaces.yaml), строка orders.',
    who: 'Администратор',
    severity: 'error',
  },
  'order.missing_warehouse': {
    error: 'Склада «{warehouse}» нет в 1С',
    why: 'Отправление[ {posting}] должно уйти со склада, которого в выгрузке 1С нет. Заказ не передан в 1С.',
    todo: 'Исправьте название склада в warehouses кабинета (config/marketplaces.yaml) или включите склад в выгрузку узла 1С.',
    who: 'Администратор',
    severity: 'error',
  },
  'order.unknown_account': {
    error: 'Кабинета «{account}» нет в настройке',
    why: 'Отправление[ {posting}] пришло из кабинета, который из настройки убран. Заказ не передаётся в 1С.',
    todo: 'Верните кабинет под прежним именем в config/marketplaces.yaml или закройте заказ в 1С вручную.',
    who: 'Администратор',
    severity: 'error',
  },
  'order.unknown_currency': {
    error: 'Заказ в валюте, которой нет в 1С[ ({currency})]',
    why: 'Валюту, которую 1С не находит, она молча считает своей: сумма[ отправления {posting}] стала бы неверной. Заказ не передан в 1С.',
    todo: 'Заведите валюту в 1С и впишите её в currency базы (config/obmen.yaml), например KZT: KZT.',
    who: 'Администратор',
    severity: 'error',
  },
  'order.unusable': {
    error: 'Заказ нельзя записать для 1С',
    why: 'В отправлении[ {posting}] не хватает данных, без которых 1С его не загрузит[: {faults}]. Заказ не передан в 1С.',
    todo: 'Проверьте настройку кабинета: контрагент, склад 1С; у товара — ставку НДС и единицу измерения.',
    who: 'Администратор',
    severity: 'error',
  },
  'guard.max_change': {
    error: 'Слишком резкое изменение[ (разрешено {limit})]',
    why: 'Новое значение отличается от принятого площадкой больше, чем разрешено[: на {share}]. Отправка задержана, на площадке прежнее значение.',
    todo: 'Проверьте значение в 1С. Если оно верно — отпустите его: obmen held release; если нет — исправьте в 1С.',
    who: 'Менеджер',
    severity: 'error',
  },
  'guard.max_zeroed': {
    error: 'Слишком много обнулений сразу',
    why: 'За час в ноль ушло бы больше товаров, чем разрешено[: {count} из {population}, предел {limit}]. Похоже на неполную выгрузку. Обнуление задержано.',
    todo: 'Проверьте остатки в 1С. Если всё верно — отпустите: obmen held release.',
    who: 'Менеджер',
    severity: 'error',
  },
  'guard.hold_share': {
    error: 'Задержано всё: подозрительных значений слишком много',
    why: 'Под подозрением больше значений, чем разрешено[: {count} из {population}, предел {limit}]. Скорее всего, ошибка в исходных данных или в правиле.',
    todo: 'Проверьте цены в 1С и последние изменения правил и таблиц. Если всё верно — отпустите: obmen held release.',
    who: 'Менеджер',
    severity: 'error',
  },
  'guard.dropped': {
    error: 'Отправка отменена вручную',
    why: 'Это значение решили не отправлять (obmen held drop). На площадке прежнее.',
    todo: 'Ничего. Новое значение из 1С уйдёт как обычно.',
    who: 'Никто',
    severity: 'warn',
  },
  'stale.hold': {
    error: 'Данные 1С устарели',
    why: 'Остаток в 1С давно не подтверждался, поэтому он не повышается: так не продать того, чего нет.',
    todo: 'Проверьте, что регламентное задание обмена в 1С работает.',
    who: 'Специалист 1С',
    severity: 'warn',
  },
}

/** Texts for what is wrong with an account as a whole. */
const ACCOUNT: Readonly<Record<string, ReasonText>> = {
  'look.unknown_name': {
    error: 'В 1С нет названия из настройки',
    why: 'Правило называет то, чего нет в выгрузке 1С. Отправка задержана целиком; ничего не обнулено.',
    todo: 'Если в 1С переименовали или удалили — исправьте название в правиле. Если не выгружается — добавьте в узел обмена.',
    who: 'Администратор',
    severity: 'error',
  },
  'look.waiting_for_1c': {
    error: '1С ещё не выгружала того, что нужно правилам',
    why: 'Первая выгрузка ещё в пути. Отправка начнётся после неё.',
    todo: 'Дождитесь выгрузки. Если её не будет — проверьте узел обмена в 1С.',
    who: 'Никто',
    severity: 'warn',
  },
  'account.unknown_warehouse': {
    error: 'Склада «{name}» нет на площадке',
    why: 'В настройке кабинета назван склад, которого площадка не показывает[. Есть: {known}].',
    todo: 'Исправьте название в warehouses кабинета (config/marketplaces.yaml) или создайте склад в кабинете площадки.',
    who: 'Администратор',
    severity: 'error',
  },
  'account.ambiguous_warehouse': {
    error: 'Складов «{name}» на площадке несколько',
    why: 'По названию нельзя понять, какой из складов имеется в виду.',
    todo: 'Укажите в warehouses кабинета (config/marketplaces.yaml) номер склада вместо названия.',
    who: 'Администратор',
    severity: 'error',
  },
  'account.warehouses_unread': {
    error: 'Склады площадки ещё не прочитаны',
    why: 'После запуска программа сначала узнаёт у площадки её склады.',
    todo: 'Ничего: отправка начнётся сама. Если держится — проверьте связь с площадкой.',
    who: 'Никто',
    severity: 'warn',
  },
}

const NO_CARD: Omit<ReasonText, 'error'> = {
  why: 'На площадке нет карточки с таким артикулом продавца.',
  todo: 'Создайте на площадке карточку с этим артикулом. Отправка повторится сама в течение суток.',
  who: 'Менеджер',
  severity: 'error',
}

const CARD_NOT_READY: Omit<ReasonText, 'error'> = {
  why: 'Карточка ещё создаётся или проверяется площадкой, продавать по ней пока нельзя.',
  todo: 'Ничего: отправка повторится сама. Если строка держится больше суток — откройте карточку в кабинете.',
  who: 'Никто',
  severity: 'warn',
}

const WRONG_WAREHOUSE: Omit<ReasonText, 'error'> = {
  why: 'Этот склад площадки не принимает такой товар (габариты, вес, способ доставки или опасность).',
  todo: 'Исключите товар из этого склада или поправьте габариты и признаки в карточке; посмотрите настройку склада в кабинете.',
  who: 'Менеджер',
  severity: 'error',
}

const OLD_PRICE_GAP: Omit<ReasonText, 'error'> = {
  why: 'Цена до скидки слишком близка к цене[: {oldPrice} и {price}]. До 400 ₽ разница должна быть не меньше 20 ₽, от 400 до 10 000 ₽ — больше 5 %, выше — больше 500 ₽.',
  todo: 'Увеличьте цену до скидки в 1С или уберите её.',
  who: 'Менеджер',
  severity: 'error',
}

const TOO_BIG_DISCOUNT: ReasonText = {
  error: 'Скидка слишком велика',
  why: 'Скидка от цены до скидки должна быть меньше 90 %[: сейчас {oldPrice} и {price}].',
  todo: 'Проверьте обе цены в 1С: часто в одной из них лишний или недостающий ноль.',
  who: 'Менеджер',
  severity: 'error',
}

const NOT_POSITIVE: ReasonText = {
  error: 'Цена не больше нуля',
  why: 'Правило дало цену[ {price}], площадка принимает только цены больше нуля.',
  todo: 'Проверьте цену в 1С и правило расчёта.',
  who: 'Менеджер',
  severity: 'error',
}

const ANSWER_LOST: Omit<ReasonText, 'error'> = {
  why: 'Приняла ли площадка значение, неизвестно.',
  todo: 'Ничего: значение будет отправлено снова. Если строка держится больше часа — сообщите администратору.',
  who: 'Никто',
  severity: 'warn',
}

/** Texts of Ozon's codes (spelt as Ozon spells them; looked up without regard to case) and of our checks for it. */
const OZON: Readonly<Record<string, ReasonText>> = {
  'ozon.NOT_FOUND': { error: 'Ozon не нашёл товар', ...NO_CARD },
  'ozon.NOT_FOUND_ERROR': { error: 'Ozon не нашёл товар', ...NO_CARD },
  'ozon.offer_id_not_found': { error: 'Ozon не нашёл товар', ...NO_CARD },
  'ozon.TOO_MANY_REQUESTS': {
    error: 'Остаток меняется слишком часто',
    why: 'Ozon принимает остаток одного товара на одном складе не чаще раза в 30 секунд.',
    todo: 'Ничего: самое новое значение уйдёт само.',
    who: 'Никто',
    severity: 'warn',
  },
  'ozon.price_limit': {
    error: 'Исчерпан часовой предел изменений цены',
    why: 'Ozon принимает не больше 10 изменений цены одного товара в час.',
    todo: 'Ничего: новая цена уйдёт сама. Если так каждый день — меняйте цены в 1С реже.',
    who: 'Никто',
    severity: 'warn',
  },
  'ozon.rate_limited': {
    error: 'Исчерпан предел запросов к Ozon',
    why: 'Кабинет отправил слишком много запросов; возможно, им пользуется и другая программа.',
    todo: 'Ничего: отправка повторится сама.',
    who: 'Никто',
    severity: 'warn',
  },
  'ozon.item_limit_exceeded': {
    error: 'Исчерпан предел товаров Ozon',
    why: 'Кабинет достиг суточного предела операций с товарами или предела ассортимента.',
    todo: 'Дождитесь следующих суток (03:00 по Москве) или освободите место: отправьте лишние товары в архив.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.WAREHOUSE_NOT_FOUND': {
    error: 'Ozon не знает этого склада',
    why: 'Склад[ «{warehouse}»] удалён, отключён или принадлежит другому кабинету.',
    todo: 'Проверьте склады в кабинете Ozon и их названия в warehouses кабинета (config/marketplaces.yaml).',
    who: 'Администратор',
    severity: 'error',
  },
  'ozon.PRODUCT_IS_ARCHIVED': {
    error: 'Товар в архиве Ozon',
    why: 'Остаток товара, который лежит в архиве, изменить нельзя.',
    todo: 'Верните товар из архива в кабинете или снимите с него признак выгрузки в 1С.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.STOCK_TOO_BIG': {
    error: 'Остаток слишком велик',
    why: 'Ozon принимает остаток меньше 1 000 000.',
    todo: 'Проверьте остаток и единицу измерения в 1С.',
    who: 'Специалист 1С',
    severity: 'error',
  },
  'ozon.product_is_not_created': { error: 'Карточка ещё не готова', ...CARD_NOT_READY },
  'ozon.PRICE_IS_NOT_SENT': { error: 'Карточка ещё не готова: цена не дошла', ...CARD_NOT_READY },
  'ozon.INVALID_STATE': { error: 'Карточка ещё не готова', ...CARD_NOT_READY },
  'ozon.SOURCE_TYPE_NOT_FOUND': { error: 'Карточка ещё не готова', ...CARD_NOT_READY },
  'ozon.CANNOT_CREATE_FBS_SKU': { error: 'Карточка ещё не готова', ...CARD_NOT_READY },
  'ozon.PRODUCT_HAS_NOT_BEEN_TAGGED_YET': {
    error: 'Карточка ещё не готова: Ozon не определил габариты',
    ...CARD_NOT_READY,
  },
  'ozon.NON_KGT_ON_KGT_WAREHOUSE': { error: 'Обычный товар на складе крупногабаритного', ...WRONG_WAREHOUSE },
  'ozon.OVER_MAX_OVH_NON_KGT': { error: 'Товар слишком велик для склада', ...WRONG_WAREHOUSE },
  'ozon.OVER_MAX_OVH_KGT': { error: 'Товар слишком велик для склада', ...WRONG_WAREHOUSE },
  'ozon.MULTIBOX_NOT_ALLOWED_FOR_FBS': {
    error: 'Товар из нескольких коробок нельзя продавать по FBS',
    ...WRONG_WAREHOUSE,
  },
  'ozon.MP_DELIVERY_ONLY_3PL_ERROR': { error: 'Товар возит только сторонняя доставка', ...WRONG_WAREHOUSE },
  'ozon.FLAMMABLE_ONLY_ON_SELF_OR_PROVIDER_DELIVERY': {
    error: 'Горючий товар на складе доставки Ozon',
    ...WRONG_WAREHOUSE,
  },
  'ozon.CB_DELIVERY_ONLY_FBP': { error: 'Товар продаётся только по FBP', ...WRONG_WAREHOUSE },
  'ozon.SIZE_REQUIRED_FOR_NOT_UNIQUE_OFFER_ID': {
    error: 'Артикул на Ozon не единственный',
    why: 'У Ozon с этим артикулом связано несколько товаров («Эконом»), и он не знает, какой имеется в виду.',
    todo: 'Уберите лишний товар с этим артикулом в кабинете.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.old_price_gap': { error: 'Цена до скидки слишком близка к цене', ...OLD_PRICE_GAP },
  'ozon.discount_for_low_price_is_too_small': { error: 'Цена до скидки слишком близка к цене', ...OLD_PRICE_GAP },
  'ozon.discount_for_average_price_is_too_small': { error: 'Цена до скидки слишком близка к цене', ...OLD_PRICE_GAP },
  'ozon.discount_for_top_price_is_too_small': { error: 'Цена до скидки слишком близка к цене', ...OLD_PRICE_GAP },
  'ozon.old_price_less_than_price': { error: 'Цена до скидки меньше цены', ...OLD_PRICE_GAP },
  'ozon.discount_too_big': TOO_BIG_DISCOUNT,
  'ozon.price_negative': NOT_POSITIVE,
  'ozon.price_is_negative': NOT_POSITIVE,
  'ozon.price_not_positive': NOT_POSITIVE,
  'ozon.price_out_of_range': {
    error: 'Цена вне пределов Ozon',
    why: 'Цена слишком мала или слишком велика для этой категории.',
    todo: 'Проверьте цену в 1С и правило расчёта.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.invalid_category_price': {
    error: 'Цена не подходит категории',
    why: 'Цена выходит за пределы, которые Ozon допускает в этой категории.',
    todo: 'Проверьте цену в 1С и категорию карточки в кабинете.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.min_price': {
    error: 'Минимальная цена не подходит к цене',
    why: 'Минимальная цена должна быть не меньше половины цены и меньше её[: сейчас {minPrice} при цене {price}].',
    todo: 'Исправьте минимальную цену в 1С или правило расчёта.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.action_price_enabled_min_price_missing': {
    error: 'Нет минимальной цены для акций',
    why: 'В карточке включено участие в акциях, а минимальная цена не задана.',
    todo: 'Задайте минимальную цену или отключите автоматические акции в кабинете.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.stock_not_whole': {
    error: 'Остаток не целое число',
    why: 'Ozon принимает только целые остатки от 0[, а получилось {quantity}].',
    todo: 'Проверьте правило остатков: дробные остатки округляются вниз функцией floor.',
    who: 'Администратор',
    severity: 'error',
  },
  'ozon.doubled': {
    error: 'Один артикул у двух товаров',
    why: 'Артикул[ «{offerId}»] в той же отправке принадлежит другому товару[ (Ид {owner})].',
    todo: 'Дайте товарам разные артикулы в 1С.',
    who: 'Менеджер',
    severity: 'error',
  },
  'ozon.batch_too_large': {
    error: 'Слишком большая отправка',
    why: 'Отправка оказалась больше, чем принимает Ozon.',
    todo: 'Сообщите администратору: это ошибка программы.',
    who: 'Администратор',
    severity: 'error',
  },
  'ozon.not_updated': { error: 'Ozon не принял значение и не объяснил', ...ANSWER_LOST },
  'ozon.unanswered': { error: 'Ozon не ответил про этот товар', ...ANSWER_LOST },
  'ozon.unexpected_answer': {
    error: 'Непонятный ответ Ozon',
    why: 'Ответ не такой, как описан в документации Ozon: вероятно, метод изменился.',
    todo: 'Сообщите администратору: нужна новая версия программы.',
    who: 'Администратор',
    severity: 'error',
  },
}

/** The error catalogue: code → words. */
export const REASON_TEXTS: Readonly<Record<string, ReasonText>> = { ...OURS, ...ACCOUNT, ...OZON }

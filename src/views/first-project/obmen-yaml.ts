import { onOneLine, yamlText } from '../../config/yaml-text.ts'
import { isoCurrency } from '../../pipeline/currency.ts'
import type { Producer } from '../../state/sets.ts'
import type { ProjectChoices } from './choices.ts'
import { plural } from '../../notify/plural.ts'
import { listed } from './words.ts'

/** What a family of 1C bases decides in the settings of its exchange. */
interface FamilySettings {
  /** Which configurations it is. */
  readonly known: string
  readonly profile: string
  readonly numbers: string
  readonly stock: string
}

const NATIVE = {
  profile: 'profile: native # вид файла заказов: УТ, КА, ERP, Розница',
  numbers: 'numbers: { prefix: OZ, digits: 6, start: 1 } # номер заказа в 1С: OZ000001; счётчик один на базу',
  stock: 'stock: free # 1С выгружает свободный остаток; balance — весь, вместе с резервом',
} as const

const OTHER: FamilySettings = { known: 'старая база или другая программа', ...NATIVE }

/** By family; what nobody recognised is {@link OTHER}. */
const SETTINGS: Readonly<Record<string, FamilySettings>> = {
  A: { known: 'УТ 11, КА 2, ERP 2 или Розница', ...NATIVE },
  B: {
    known: 'УНФ',
    profile: 'profile: unf # вид файла заказов: УНФ',
    numbers: `# УНФ ищет заказ по одному номеру из шести цифр во всех обменах и годах. Если с другого сайта уже приходят заказы,
    # поставьте start выше самого большого номера.
    numbers: { prefix: '', digits: 6, start: 1 }`,
    stock: 'stock: balance # УНФ выгружает весь остаток, вместе с резервом; free — только свободный',
  },
  C: {
    known: 'модуль 1С-Битрикс (обмен с «Управлением сайтом»)',
    ...NATIVE,
    profile: 'profile: bus-3.1 # модуль 1С-Битрикс',
    stock: 'stock: free # free — свободный остаток, balance — весь, вместе с резервом: сверьте с настройкой узла',
  },
}

/** What people call the producers of a family. */
export function familyInWords(family: Producer): string {
  return settingsOf(family).known
}

function settingsOf(family: Producer): FamilySettings {
  return SETTINGS[family ?? ''] ?? OTHER
}

/** `config/obmen.yaml`. */
export function obmenYaml(choices: ProjectChoices): string {
  const { family, survey, inboxes, timezone, take } = choices
  const { known, profile, numbers, stock } = settingsOf(family)
  const goods = `${plural(survey.products, ['товар', 'товара', 'товаров'])}, ${plural(survey.offers, ['предложение', 'предложения', 'предложений'])}`
  return `# yaml-language-server: $schema=schema/obmen.json
# Обмен с 1С: папки, почта, базы. Создано командой obmen init по выгрузке 1С (${known}; ${goods}).
# Пути считаются от папки, в которой лежит config/. Пароли и ключи — в .env рядом с config/, здесь только \${ИМЯ}.
# Проверить после правки: obmen check. Правка вступает в силу сама, через секунды после сохранения.
locale: ru # язык писем и отчётов

state: ./state # что известно о товарах и площадках; только локальный диск
work: ./work # файлы в обработке
archive: { folder: ./archive, keep: 30d } # обработанные файлы
quarantine: ./quarantine # файлы, которые не удалось прочитать; рядом reason.txt — что случилось и что делать
reports: ./reports # отчёты Excel

${mailPart(choices)}
exchanges:
  main:
    # Папки, в которые выгружают узлы этой базы 1С.
    inboxes: [${inboxes.map(yamlText).join(', ')}]
${ordersPart(choices)}    ${profile}
    ${numbers}
    take: ${take} # move — файлы забираются из папки; copy — остаются: папку читает ещё одна программа
    timezone: ${timezone} # 1С пишет местное время без пояса
    ${stock}
${currencyPart(choices)}    # Тревога, если 1С столько времени ничего не выгружала: в эти часы и в остальное время. Подгоните под своё расписание.
    silence: { hours: 'Mon-Fri 9-19', work: 2h, off: 1d }
    # Товара нет в полной законченной выгрузке, а раньше был: ignore — оставить как есть, mark — считать удалённым.
    # Пропало больше maxRemoved в pipelines/1c.yaml — ждём решения человека.
    removed: ignore
    # poll: 5s # для сетевой папки (SMB, NFS), которая не сообщает об изменениях
`
}

function mailPart({ mail }: ProjectChoices): string {
  if (mail === undefined) {
    return `# Писем не будет, пока эта часть закрыта. Впишите адреса, уберите # и добавьте SMTP_URL в .env.
# mail:
#   smtp: \${SMTP_URL}
#   from: obmen@example.ru
#   people: { admins: [admin@example.ru], managers: [shop@example.ru] }
#   send: { errors: admins, rejections: managers, daily: managers }
`
  }
  const { admins, managers } = mail
  return `mail:
  smtp: \${SMTP_URL}
  from: ${yamlText(admins)} # от этого имени; сервер должен позволять
  people:
    admins: [${yamlText(admins)}]
    managers: [${yamlText(managers)}]
  send: # кто о чём узнаёт
    errors: admins # битые файлы, отозванный ключ, остановленный просмотр
    rejections: managers # отклонённые товары и отправленные изменения
    daily: managers
  reportEvery: 1h # не чаще одного отчёта за это время
`
}

function ordersPart({ orders, inboxes }: ProjectChoices): string {
  if (orders === undefined) return ''
  return `    orders:
      file: ${yamlText(orders)} # «Файл загрузки» в настройке узла: этот полный путь, вне webdata
      node: ${yamlText(inboxes[0] ?? '')} # папка того узла, который загружает заказы
`
}

/** Currencies that everybody writes alike are known; only the base's own words need a row. */
function currencyPart({ survey }: ProjectChoices): string {
  const words = survey.currencies.map(({ word }) => word)
  const strange = words.filter((word) => isoCurrency(word, new Map()) === undefined)
  const known = words.filter((word) => !strange.includes(word))
  const met =
    words.length === 0 ? '' : `    # Валюты в ценах этой базы: ${listed(words.map((word) => word || '(пусто)'))}.\n`
  if (strange.length === 0) return met
  const rows = strange.map((word) => `${yamlText(word)}: RUB`).join(', ')
  const others = known.length === 0 ? '' : ' Остальные понятны и так.'
  return `${met}    # Какая это валюта, знаете только вы: поправьте код и уберите #.${others}
    # currency: { ${onOneLine(rows)} }
`
}

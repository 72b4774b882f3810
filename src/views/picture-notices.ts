import type { Notice } from '../core/notice.ts'
import { plural } from '../notify/plural.ts'

/** A picture that a product names and that could not be published. */
export interface MissingPicture {
  readonly productId: string
  readonly name: string
  readonly article: string
  /** As 1C states it. */
  readonly picture: string
  readonly why: 'missing' | 'no-picture' | 'outside'
}

const DAY = 86_400_000
/** Pictures named in a mail; the rest is counted. */
const SHOWN = 50

const WHY: Readonly<Record<MissingPicture['why'], string>> = {
  missing: 'файла нет',
  'no-picture': 'это не картинка',
  outside: 'путь ведёт за пределы папки обмена',
}

/** Products name pictures that are not there. */
export function picturesMissing(
  exchange: string,
  missing: readonly MissingPicture[],
  inboxes: readonly string[],
): Notice {
  const products = new Set(missing.map(({ productId }) => productId)).size
  const shown = missing.slice(0, SHOWN).map(({ article, name, picture, why }) => {
    const product = [article, name].filter((part) => part !== '').join(' ')
    return `${product}: ${picture} (${WHY[why]})`
  })
  const rest = missing.length - shown.length
  return {
    cause: `exchange.pictures_missing:${exchange}`,
    topic: 'errors',
    title: `Нет картинок у ${plural(products, ['товара', 'товаров', 'товаров'])}`,
    what: 'Выгрузка 1С ссылается на картинки, которых нет в папке обмена или которые не являются картинками. Остальные данные этих товаров загружены; опубликованные раньше картинки остаются.',
    where: `Обмен: ${exchange}\nПапки: ${inboxes.join(', ')}`,
    data: [...shown, ...(rest > 0 ? [`и ещё ${rest}`] : [])].join('\n'),
    todo: 'Включите в узле обмена 1С выгрузку картинок и выгрузите товары заново; проверьте, что картинка в карточке товара открывается.',
    repeatAfter: 7 * DAY,
  }
}

/** The pictures of an archive could not be copied into the folder of published pictures. */
export function archiveWithoutPictures(exchange: string, archive: string, folder: string, message: string): Notice {
  return {
    cause: `exchange.pictures_unpublished:${exchange}`,
    topic: 'errors',
    title: `Картинки из архива ${archive} не опубликованы`,
    what: `Не удалось скопировать картинки в папку публикации: ${message}. Товары, цены и остатки из архива загружены.`,
    where: `Обмен: ${exchange}\nПапка: ${folder}`,
    data: 'Картинки этого архива. Сам архив лежит в папке archive.',
    todo: 'Проверьте права службы на папку images.publish и место на диске, затем выгрузите товары с картинками ещё раз.',
    repeatAfter: DAY,
  }
}

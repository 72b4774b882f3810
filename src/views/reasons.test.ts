import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REASON_TEXTS } from './reason-texts.ts'
import { describeKind, describeReason } from './reasons.ts'

describe('describeReason', () => {
  it('puts the parameters into the words', () => {
    expect(
      describeReason({ code: 'item.two_prices', message: '', params: { type: 'Розничная', prices: '100 / 110' } }),
    ).toEqual({
      error: 'Две разные цены «Розничная»',
      why: 'В выгрузке 1С у товара стоят разные цены одного вида: 100 / 110. Какая верна, решить нельзя.',
      todo: 'Проверьте в 1С цены этого вида: обычно цена задана на разные единицы измерения или упаковки.',
      who: 'Специалист 1С',
      severity: 'error',
    })
  })

  it('leaves out the part whose parameter is missing', () => {
    expect(describeReason({ code: 'item.no_price', message: 'the mapping gave no price' }).error).toBe('Нет цены')
    expect(describeReason({ code: 'item.no_price', message: '', params: { type: 'Розничная' } }).error).toBe(
      'Нет цены «Розничная»',
    )
  })

  it('knows the codes of a marketplace in any case and its answers without a code', () => {
    const codes = ['ozon.WAREHOUSE_NOT_FOUND', 'ozon.warehouse_not_found'].map((code) => ({ code, message: 'x' }))
    const limit = 'error limiting: acquire limit per item: items limit: limit exceeded'

    expect(codes.map((reason) => describeReason(reason).error)).toEqual(Array(2).fill('Ozon не знает этого склада'))
    expect(describeReason({ code: 'ozon.not_updated', message: limit }).error).toBe(
      'Исчерпан часовой предел изменений цены',
    )
    expect(describeReason({ code: 'ozon.x', message: 'Stock is updated too frequently' }).error).toBe(
      'Остаток меняется слишком часто',
    )
  })

  it('shows an unknown code and its text as they came', () => {
    expect(describeReason({ code: 'ozon.BR_hazard_class1', message: 'Укажите класс опасности' })).toEqual({
      error: 'Отказ площадки: BR_hazard_class1',
      why: 'Ответ дословно: Укажите класс опасности',
      todo: 'Откройте товар в кабинете площадки: там указано, что исправить. Если непонятно — передайте код и текст администратору.',
      who: 'Менеджер',
      severity: 'error',
    })
  })

  it.each(Object.keys(REASON_TEXTS))('reads well without any parameter: %s', (code) => {
    const { error, why, todo } = describeKind({ code, message: '' })

    for (const text of [error, why, todo]) expect(text).toMatch(/^[А-ЯЁO1][^{}[\]]{5,}$/)
    for (const text of [why, todo]) expect(text).toMatch(/[^ ]\.$/)
  })
})

describe('describeKind', () => {
  it('says the same of every item of one error', () => {
    const ofOne = { code: 'identity.taken', message: '', params: { offerId: 'A-1', owner: 'g1' } }
    const ofOther = { code: 'identity.taken', message: '', params: { offerId: 'B-2', owner: 'g2' } }

    expect(describeKind(ofOne)).toEqual(describeKind(ofOther))
    expect(describeKind(ofOne).why).toBe(
      'Артикул принадлежит другому товару. Второй раз он не выдаётся, иначе карточки перепутаются.',
    )
  })
})

describe('the error catalogue', () => {
  it('has words for every reason the source gives an item', () => {
    const root = join(import.meta.dirname, '..')
    const sources = (readdirSync(root, { recursive: true }) as string[])
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('views'))
      .map((name) => readFileSync(join(root, name), 'utf8'))
    const given = sources.flatMap((text) =>
      [...text.matchAll(/code: '((?:item|identity|order|guard|stale)\.\w+)'/g)].map((match) => match[1] as string),
    )

    expect(given.length).toBeGreaterThan(0)
    expect(given.filter((code) => !(code in REASON_TEXTS))).toEqual([])
  })
})

import { expect, it } from 'vitest'
import type { Notice } from '../core/notice.ts'
import { wordMail } from './mail-text.ts'

const NOTICE: Notice = {
  cause: 'a',
  topic: 'errors',
  title: 'Файл <offers.xml>\nв карантине',
  what: 'Тег <Цена> не закрыт.\nСтрока 12.',
  where: 'offers.xml:12:5',
  data: '',
  todo: 'Выгрузить заново.',
}

it('words a notice as text and as HTML, without empty headings', () => {
  const { subject, text, html } = wordMail([{ notice: NOTICE, kind: 'first' }], [])

  expect(subject).toBe('Файл <offers.xml> в карантине')
  expect(text).toBe(
    [
      'Файл <offers.xml>\nв карантине',
      'Что случилось:\nТег <Цена> не закрыт.\nСтрока 12.',
      'Где:\noffers.xml:12:5',
      'Что делать:\nВыгрузить заново.',
      'Это письмо отправила программа Obmen. Отвечать на него не нужно.\n',
    ].join('\n\n'),
  )
  expect(html).toContain('Тег &lt;Цена&gt; не закрыт.')
  expect(html).not.toContain('Какие данные')
})

it('keeps a subject short enough for every mail program', () => {
  const { subject } = wordMail([{ notice: { ...NOTICE, title: 'а'.repeat(500) }, kind: 'repeat' }], [])

  expect(subject).toHaveLength(150)
  expect(subject.startsWith('Всё ещё: ааа')).toBe(true)
})

/** A small offers file as 1C writes it, with so many offers at so much; about 300 bytes an offer. */
export function exportOf(offers: number, price: number): Buffer {
  const rows = Array.from({ length: offers }, (_, i) => {
    const id = `0000000${i}-0000-4000-8000-000000000000`.slice(-36)
    return `<Предложение><Ид>${id}</Ид><Наименование>Товар ${i}</Наименование><Цены><Цена><ИдТипаЦены>1</ИдТипаЦены><ЦенаЗаЕдиницу>${price}</ЦенаЗаЕдиницу></Цена></Цены></Предложение>`
  })
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\r\n<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-01-01T10:00:00">\r\n` +
      `<ПакетПредложений СодержитТолькоИзменения="false"><Ид>1</Ид><Предложения>\r\n${rows.join('\r\n')}\r\n</Предложения></ПакетПредложений>\r\n</КоммерческаяИнформация>`,
  )
}

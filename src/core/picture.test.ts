import { expect, test } from 'vitest'
import { pictureAddress } from './picture.ts'

test.each([
  ['import0_1.xml:12', 'import_files/ab/x.jpg', 'import_files/ab/x.jpg'],
  ['webdata/import0_1.xml:12', 'import_files/ab/x.jpg', 'webdata/import_files/ab/x.jpg'],
  [
    'webdata/000000001/goods/1/import___1.xml:3',
    'import_files/ab/X.JPG',
    'webdata/000000001/goods/1/import_files/ab/x.jpg',
  ],
  ['import.xml:1', String.raw`import_files\ab\x.jpg`, 'import_files/ab/x.jpg'],
  ['import.xml:1', './import_files//x.jpg', 'import_files/x.jpg'],
  ['import.xml:1', '/import_files/x.jpg', 'import_files/x.jpg'],
  ['a/b/import.xml:1', '../import_files/x.jpg', 'a/import_files/x.jpg'],
  ['v8_1.zip!import0_1.xml:7', 'import_files/x.jpg', 'import_files/x.jpg'],
  ['webdata/v8_1.zip!goods/1/import.xml:7', 'import_files/x.jpg', 'webdata/goods/1/import_files/x.jpg'],
  ['import.xml:1', ' import_files/a b.jpg ', 'import_files/a b.jpg'],
])('a picture of %s stated as %s lies at %s', (place, stated, key) => {
  const address = pictureAddress(place, stated)

  expect(address).toEqual({ key })
})

test.each(['', '  ', '../x.jpg', 'a/../../x.jpg', String.raw`..\x.jpg`, String.raw`C:\photo\x.jpg`, 'a\0.jpg'])(
  'a picture stated as %j has no address',
  (stated) => {
    const address = pictureAddress('import.xml:1', stated)

    expect(address).toBeUndefined()
  },
)

test('a picture that is on the web already keeps its address', () => {
  const address = pictureAddress('import.xml:1', 'https://shop.example/x.jpg')

  expect(address).toEqual({ url: 'https://shop.example/x.jpg' })
})

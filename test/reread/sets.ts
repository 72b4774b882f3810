import { existsSync } from 'node:fs'

/** Real exchange files beside the repository; tests that need them are skipped, visibly, where they are not. */
export const SAMPLES = new URL('../../../shared/samples/', import.meta.url).pathname
export const HAS_SAMPLES = existsSync(SAMPLES)

/** A real set: files that one base dropped together, in an order in which they may have come. */
export interface SampleSet {
  readonly family: 'A' | 'B' | 'C' | 'D'
  readonly folder: string
  readonly files: readonly string[]
}

const set = (family: SampleSet['family'], folder: string, ...files: string[]): SampleSet => ({ family, folder, files })

export const SETS: readonly SampleSet[] = [
  set('A', 'mebelsalskarhiv+Central_office', 'import0_1.xml', 'offers0_1.xml'),
  set('A', 'd16izhevsk+1coutlet', 'import0_1.xml', 'offers0_1.xml'),
  set('A', 'dobromyslov+commerceml-parser', 'import0_1.xml', 'import0_1_with_nested_groups.xml', 'offers0_1.xml'),
  set('A', 'ArtemsWay+parser1c', 'import0_1.xml', 'offers0_1.xml'),
  set('A', 'carono+php-commerceml', 'import.xml', 'offers.xml'),
  set('A', 'carono+yii2-1c-exchange', 'import.xml', 'offers.xml'),
  set('B', 'bogutski+1C-CommerceML-to-JSON', 'import.xml', 'offers.xml'),
  set(
    'C',
    'gillbeits+commerceml',
    'import___b815e2db-7a65-4265-9241-5f0c4f0565a7.xml',
    'offers___f0bab95c-14a6-4141-9746-6650b65f1191.xml',
    'offers___7f304edc-2527-4d3d-b058-6e4ee53de2e0.xml',
    'prices___d66a6b51-ce9c-4e7a-8c7c-25079721107f.xml',
    'rests___1af6e7b8-a026-4690-9752-1c9d64cb914d.xml',
  ),
  set(
    'C',
    'wagood+commerceml',
    'import___57c55968-51d1-46f0-b5d7-927f420b8fd4.xml',
    'import___5335d080-66b0-4355-887c-d54bba6f1f08.xml',
    'offers___13955e2c-c7d0-4189-8db7-9bc863cde645.xml',
    'prices___478f43af-4dba-47c9-b3fa-d9737c14a30f.xml',
    'rests___9ebdccc5-f70a-43db-8c03-0103301aad32.xml',
  ),
  set(
    'C',
    'AlexMobiCraft+FREESPORT-B2B',
    'units.xml',
    'storages.xml',
    'priceLists.xml',
    'groups.xml',
    'propertiesGoods_1_1_10f30faa-0a70-44df-bf00-799144e59493.xml',
    'propertiesGoods_1_5_41ab2858-de60-4e75-aab8-bdc377455ac7.xml',
    'propertiesOffers_1_1_6a1a8235-d7e8-41d9-9ba0-748c4d67d65e.xml',
    'propertiesOffers_1_2_36a5519f-20da-44d9-bbe6-e1dbb43e727a.xml',
    'goods.xml',
    'offers.xml',
    'prices.xml',
    'rests.xml',
  ),
  set(
    'C',
    'ArgentCrusade+commerceml',
    'group-example.xml',
    'products-example.xml',
    'prices-example.xml',
    'remainders-example.xml',
  ),
  set('D', 'Dialdev+Santechtula', '20161209-import.xml', '20161209-offers.xml'),
  set('D', 'Dialdev+Santechtula', 'import.xml', 'offers.xml'),
  set('D', 'irpsv+commerceml', 'import.xml', 'offers.xml'),
  set('D', 'irpsv+commerceml', 'off-doc-1c-import.xml', 'off-doc-1c-offers.xml'),
  set('D', 'irpsv+commerceml', 'ready-script-import.xml', 'ready-script-offers.xml'),
  set('D', 'irpsv+commerceml', 'umi-cms-import.xml', 'umi-cms-offers.xml'),
  set('D', 'Denis-777+test', 'import.xml', 'import-1.xml', 'import-3.xml', 'import-4.xml', 'offers.xml'),
  set('D', 'andrtechno+mod-exchange1c', 'import.xml', 'offers.xml'),
  set('D', 'newmedia27+OldNew', 'import.xml', 'offers.xml'),
  set('D', 'iMega+commerceml2teleport', 'import.xml', 'offer.xml'),
  set('D', 'avdivo+commercml', 'import.xml', 'foto.xml', 'offers.xml'),
]

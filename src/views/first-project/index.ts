import { dotEnvLine } from '../../config/dotenv.ts'
import type { ProjectChoices } from './choices.ts'
import { marketplacesYaml } from './marketplaces-yaml.ts'
import { obmenYaml } from './obmen-yaml.ts'
import { pipelineFiles } from './pipelines-yaml.ts'
import { tableFiles } from './tables.ts'

/** Every file of a first project: path below its folder, with slashes → text. `.env` holds secrets. */
export function projectFiles(choices: ProjectChoices): ReadonlyMap<string, string> {
  const below = (folder: string, files: ReadonlyMap<string, string>): [string, string][] =>
    [...files].map(([name, text]) => [`${folder}/${name}`, text])
  return new Map([
    ['config/obmen.yaml', obmenYaml(choices)],
    ['config/marketplaces.yaml', marketplacesYaml(choices)],
    ...below('config/mapping', tableFiles(choices)),
    ...below('pipelines', pipelineFiles(choices)),
    ['.env.example', envText(EXAMPLE)],
    ['.env', envText(choices.secrets)],
    ['.gitignore', GITIGNORE],
  ])
}

const EXAMPLE = { clientId: '', apiKey: '', smtp: 'smtps://user:password@smtp.example.ru:465' } as const

function envText({ clientId = '', apiKey = '', smtp = '' }: ProjectChoices['secrets']): string {
  return `# Пароли и ключи; .env никому не отправляйте. Переменные окружения с теми же именами важнее этого файла.

# Кабинет Ozon: Настройки → API-ключи
${dotEnvLine('OZON_CLIENT_ID', clientId)}
${dotEnvLine('OZON_API_KEY', apiKey)}

# Почтовый сервер; знаки @ : / # в пароле записываются как %40 %3A %2F %23
${dotEnvLine('SMTP_URL', smtp)}
`
}

const GITIGNORE = `.env
/state/
/work/
/archive/
/quarantine/
/reports/
`

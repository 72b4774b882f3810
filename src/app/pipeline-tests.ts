import { readTestTexts } from '../config/read-files.ts'
import { readTestFile, type PipelineTest, type TestFile } from '../config/test-file.ts'
import type { Config } from '../config/model.ts'
import { parseYaml } from '../config/yaml.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Tables } from '../tables/index.ts'
import { actualOf, wantedOf, type TestFault, type TestResult } from '../views/test-results.ts'
import { idsOf, lookAt, type Looked } from './run-test.ts'

/** The tests of a folder, or all that is wrong with the files they stand in. */
export interface TestFiles {
  readonly files: readonly TestFile[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads every `pipelines/*.test.yaml` of a folder. */
export async function readTestFiles(config: Config): Promise<TestFiles> {
  const diagnostics: Diagnostic[] = []
  const files: TestFile[] = []
  for (const [name, text] of await readTestTexts(config.root, diagnostics)) {
    const { yaml, diagnostics: findings } = parseYaml(name, text)
    diagnostics.push(...findings)
    if (yaml === undefined) continue
    const file = readTestFile({ yaml, findings: diagnostics }, yaml.value, config.pipelines, ({ to }) => [
      ...(config.accounts.get(to.account ?? '')?.warehouses.keys() ?? []),
    ])
    if (file !== undefined) files.push(file)
  }
  return { files, diagnostics }
}

/** Runs the tests of one file, one after the other. */
export async function* runTestFile(
  { pipeline, tests }: TestFile,
  project: { readonly config: Config; readonly tables: Tables },
): AsyncIterable<TestResult> {
  for (const test of tests) {
    const faults = faultsOf(test, await lookAt(test, pipeline, project))
    yield { pipeline: pipeline.name, name: test.name, place: test.place, faults }
  }
}

function faultsOf(test: PipelineTest, looked: Looked): TestFault[] {
  if (looked.hold !== undefined) {
    const { code, message } = looked.hold
    return [{ what: 'the look', place: test.place, wanted: ['is not held'], got: [`held ${code}: ${message}`] }]
  }
  const faults: TestFault[] = []
  for (const [item, { wanted, place }] of test.expect) {
    const expected = wantedOf(wanted)
    for (const id of idsOf(test, item)) {
      const got = actualOf(looked.items.get(id) ?? { nothing: 'unchanged' })
      if (JSON.stringify(got.lines) === JSON.stringify(expected)) continue
      faults.push({
        what: id,
        place,
        wanted: expected,
        got: got.because === undefined ? got.lines : [...got.lines, got.because],
      })
      break
    }
  }
  if (test.requests === undefined) return faults
  const wanted = test.requests.wanted.map((each) => spelt(each))
  const got = looked.requests.map((each) => spelt(each))
  if (JSON.stringify(wanted) === JSON.stringify(got)) return faults
  return [...faults, { what: 'requests', place: test.requests.place, wanted, got }]
}

/** A request as one text, whatever the order of its keys. */
function spelt(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}

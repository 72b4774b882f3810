#!/usr/bin/env node
import { runCommandLine } from './program.ts'

// `obmen held ls | head`: the reader has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

await runCommandLine(process.argv.slice(2))

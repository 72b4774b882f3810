import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Files } from '../../core/files.ts'
import { exists } from '../../state/disk.ts'

/**
 * The marker of a file by the exchange's option: `*.done` is `offers.xml.done` beside `offers.xml`; any other word is one
 * file for everything in its folder.
 */
export function markerPath(path: string, marker: string): string {
  return marker.startsWith('*') ? path + marker.slice(1) : join(dirname(path), marker)
}

/** True for names that a marker may have. */
export function isMarkerName(name: string, marker: string): boolean {
  return marker.startsWith('*') ? name.endsWith(marker.slice(1)) : name === marker
}

/**
 * Takes the marker away with its file: at once when it is the file's own, with the last exchange file when it is the
 * folder's. `isExchange` tells exchange files by their names. May be called again.
 */
export async function consumeMarker(
  path: string,
  marker: string,
  isExchange: (name: string) => boolean,
  files: Files,
): Promise<void> {
  const own = markerPath(path, marker)
  if (!(await exists(own)) || !(await stat(own)).isFile()) return
  const left = marker.startsWith('*') ? [] : (await readdir(dirname(path))).filter(isExchange)
  if (left.every((name) => name === basename(path))) await files.remove(own)
}

/** Puts the marker back beside a file that goes back to its inbox: without it nobody would take the file again. */
export async function restoreMarker(path: string, marker: string, files: Files): Promise<void> {
  await files.writeAtomic(markerPath(path, marker), '')
}

/**
 * The port through which everything that changes the disk goes. One implementation (`state/disk.ts`) counts every
 * rename, fsync and append, so that tests can kill the process at each of them.
 */
export interface Files {
  /** Writes a whole file: temporary name in the same folder, fsync, rename, fsync of the folder. Creates the folder. */
  writeAtomic(path: string, data: string | Uint8Array): Promise<void>
  /** Appends and fsyncs before it resolves. Creates folder and file; `header` is written first when the file is new. */
  append(path: string, text: string, header?: string): Promise<void>
  /** Renames inside a file system, copies (temporary name, fsync, rename) and deletes across two. Creates the target's folder. */
  move(from: string, to: string): Promise<void>
  /** Copies under a temporary name, fsyncs, renames. The source stays. */
  copy(from: string, to: string): Promise<void>
  /** Deletes a file or an empty or full folder; a missing one is no error. */
  remove(path: string): Promise<void>
  /** Creates a folder and its parents. */
  makeFolder(path: string): Promise<void>
}

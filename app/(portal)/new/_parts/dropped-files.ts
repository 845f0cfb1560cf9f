/** True for files that systems put into folders for themselves, and those whose name hides them. */
export const isHidden = (name: string): boolean => /^(\..*|Thumbs\.db|desktop\.ini)$/i.test(name)

/** A folder with more files than this is not a folder of clips; the rest is left out. */
const MAX_FILES = 2000

/** The files of a drop or a paste, those in dropped folders too, in the order of their names. */
export async function droppedFiles(transfer: DataTransfer): Promise<{ files: File[]; folders: boolean }> {
  // The list is emptied when the event is over, so that all of it is read at once.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry())
  const plain = [...transfer.files]
  if (!entries.some((entry) => entry?.isDirectory)) return { files: plain, folders: false }
  const found: File[] = []
  for (const entry of entries) if (entry) await collect(entry, found)
  return { files: found, folders: true }
}

async function collect(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (found.length >= MAX_FILES || isHidden(entry.name)) return
  if (isFile(entry)) {
    found.push(await new Promise<File>((resolve, reject) => entry.file(resolve, reject)))
    return
  }
  const children = await childrenOf(entry as FileSystemDirectoryEntry)
  children.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }))
  for (const child of children) await collect(child, found)
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile

/** A folder is read in portions, until one is empty. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const children: FileSystemEntry[] = []
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (portion.length === 0) return children
    children.push(...portion)
  }
}

import { open } from 'node:fs/promises'

/** A longer first line is read in part only. */
const longestFirstLine = 1 << 20

/** The first line of a UTF-8 text file, without a byte order mark; empty for an empty file. */
export async function firstLine(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestFirstLine), 0, longestFirstLine, 0)
    const [line = ''] = buffer
      .toString('utf8', 0, bytesRead)
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/, 1)
    return line
  } finally {
    await file.close()
  }
}

import { readdir, readFile } from 'node:fs/promises'

/** This process's living children that are ffmpeg. */
export async function ffmpegPids(): Promise<number[]> {
  const tasks = await readdir(`/proc/${process.pid}/task`)
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${process.pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  const pids = lists.flatMap((list) => list.split(' ').filter(Boolean))
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')))
  return pids.filter((_, n) => names[n].includes('ffmpeg')).map(Number)
}

/** 134000 -> "2:14"; from an hour on "1:02:14". */
export function clockLength(milliseconds: number): string {
  const total = Math.round(milliseconds / 1000)
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60]
  const tail = String(seconds).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** 12900000 -> "12.9 MB". */
export function fileSize(bytes: number | bigint): string {
  let value = Number(bytes)
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/** A file's name without its ending: how presenters and speeches are called. */
export const bareName = (filename: string): string => filename.replace(/\.[a-z0-9]{1,5}$/i, '') || filename

/** What people call a slot's device: "CPU", "cuda:0". */
export const deviceName = (device: string): string => device.replace(/^cpu\b/, 'CPU')

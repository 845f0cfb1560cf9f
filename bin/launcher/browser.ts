import { spawn } from 'node:child_process'

/** Opens `url` in a browser when somebody sits at this machine; otherwise, and on any failure, does nothing. */
export function openBrowser(url: string): void {
  const mac = process.platform === 'darwin'
  const display = mac || process.env.DISPLAY || process.env.WAYLAND_DISPLAY
  if (!process.stdout.isTTY || !display) return
  const child = spawn(mac ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}

let keepers = 0

/**
 * Keeps the page where it is when the session ends: it has files that are not uploaded yet, which a redirect to the
 * sign-in page would lose. Returns how to stop.
 */
export function keepPage(): () => void {
  keepers++
  return () => {
    keepers--
  }
}

export const isPageKept = (): boolean => keepers > 0

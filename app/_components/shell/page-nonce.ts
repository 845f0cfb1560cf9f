/** The nonce of this page's policy, for `<style>` elements that libraries make; undefined where the page has none. */
export const pageNonce = (): string | undefined => [...document.scripts].find(({ nonce }) => nonce)?.nonce

/** Tells it to get-nonce, which Radix's dialogs and menus ask when they keep the page behind from scrolling. */
export const tellNonce = (): void => void Object.assign(window, { __webpack_nonce__: pageNonce() })

/**
 * Tells the nonce of this page's policy to get-nonce, which Radix's dialogs and menus ask for the `<style>` with which
 * they keep the page behind from scrolling.
 */
export function tellNonce(): void {
  const nonce = [...document.scripts].find((script) => script.nonce)?.nonce
  Object.assign(window, { __webpack_nonce__: nonce })
}

// What the oldest browsers that we serve (Chromium 87, Safari 14.1) lack and our libraries call: Object.hasOwn in
// what patches stores. Imported
// before anything else.
if (!('hasOwn' in Object)) {
  const has = Object.prototype.hasOwnProperty
  Object.defineProperty(Object, 'hasOwn', {
    value: (object: object, key: PropertyKey) => has.call(object, key),
    configurable: true,
    writable: true,
  })
}

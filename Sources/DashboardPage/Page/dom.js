// Making and changing elements.

/// An element: h("p", {class: "note", onclick: f}, "text", child…). Attributes that are null or false are left out.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/// Sets the text only if it differs: a screen reader's place and the browser's layout stay as they are.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/// Brings the children of `parent` into line with `items`: `make(item)` makes what is missing, by `key(item)`.
/// Gives what `make` gave, by key; each must have an `element`.
export function keep(parent, known, items, key, make) {
  const wanted = new Set(items.map(key));
  for (const [name, part] of known) {
    if (wanted.has(name)) continue;
    part.remove?.();
    part.element.remove();
    known.delete(name);
  }
  items.forEach((item, index) => {
    let part = known.get(key(item));
    if (!part) known.set(key(item), (part = make(item)));
    if (parent.children[index] !== part.element) parent.insertBefore(part.element, parent.children[index] ?? null);
  });
  return known;
}

// Finds one thing on the page as a person would: what is it, what is written on it, and in which row or card.
// Answers {x, y} in the middle of it, after scrolling there, or {problem} in words. With an act, it is also given the
// focus ("focus"), or its option is chosen ("choose", option).
(kind, name, row, act, option) => {
  const kinds = {
    button: "button, input[type=submit], summary, [role=button]",
    link: "a[href]",
    field: "input:not([type=hidden]), textarea, select",
    anything: "*",
  };
  const rows = "tr, li, [data-row], article, section, fieldset, form, .card";
  const tidy = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const named = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(" ");
  const nameOf = (e) => tidy(
    (e.ariaLabel ? e.ariaLabel : e.getAttribute("aria-labelledby") ? named(e.getAttribute("aria-labelledby")) : "") ||
    (e.labels?.length ? e.labels[0].textContent : "") || e.innerText || e.value || e.title || e.placeholder);

  let scope = document;
  if (row) {
    const holders = [...document.querySelectorAll(rows)].filter((e) => shown(e) && tidy(e.innerText).includes(row));
    scope = holders.find((e) => !holders.some((inner) => inner !== e && e.contains(inner)));
    if (!scope) return { problem: `nothing shows "${row}"` };
    // The smallest holder may be a part of the row that has the thing.
    for (let e = scope; e; e = e.parentElement?.closest(rows)) {
      if ([...e.querySelectorAll(kinds[kind])].some((c) => nameOf(c).includes(name))) { scope = e; break; }
    }
  }
  // A field may be drawn by its label, and then the label is what one clicks.
  const seen = (e) => (kind === "field" && !shown(e) && e.labels?.length ? e.labels[0] : e);
  const candidates = [...scope.querySelectorAll(kinds[kind])].filter((e) => shown(seen(e)));
  const found = candidates.find((e) => nameOf(e) === name) ??
    candidates.find((e) => nameOf(e).startsWith(name)) ?? candidates.find((e) => nameOf(e).includes(name));
  if (!found) {
    const others = [...new Set(candidates.map(nameOf))].slice(0, 40).map((n) => JSON.stringify(n)).join(", ");
    return { problem: `no ${kind} "${name}"${row ? ` beside "${row}"` : ""}; there are ${others || "none"}` };
  }
  if (found.disabled || found.ariaDisabled === "true") return { problem: `the ${kind} "${name}" is disabled` };

  const target = seen(found);
  target.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const box = target.getClientRects()[0];
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const hit = document.elementFromPoint(x, y);
  if (!hit || !(target.contains(hit) || hit.contains(target) || hit.closest("label")?.control === found)) {
    return { problem: `the ${kind} "${name}" is covered by ${hit ? hit.outerHTML.slice(0, 200) : "nothing"}` };
  }
  if (act === "focus") {
    found.focus();
    found.select?.();
  }
  if (act === "choose") {
    const wanted = [...found.options].find((o) => tidy(o.text).includes(option));
    if (!wanted) return { problem: `"${name}" has no option "${option}"; it has ${[...found.options].map((o) => tidy(o.text)).join(", ")}` };
    found.value = wanted.value;
    found.dispatchEvent(new Event("input", { bubbles: true }));
    found.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return { x, y, type: found.type ?? "" };
}

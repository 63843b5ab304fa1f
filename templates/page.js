// Tables that sort and copy; folded parts that open for a link and for print.
"use strict";
document.documentElement.classList.add("js");

const openAround = (node) => {
  for (let part = node; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
};
const follow = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) { openAround(target); target.scrollIntoView(); }
};
addEventListener("hashchange", follow);
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#"]');
  if (link) openAround(document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1))));
});

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((part) => { part.open = true; });
});
addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));

for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const first = [...body.rows];
  table.querySelectorAll("thead th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const way = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", way);
      const key = (row) => row.cells[column] ? row.cells[column].dataset.sort ?? row.cells[column].textContent : "";
      const compare = (a, b) => {
        const one = key(a), other = key(b);
        if (one === "" || other === "") return (one === "") - (other === "");
        const apart = isNaN(one) || isNaN(other) ? one.localeCompare(other, undefined, { numeric: true }) : one - other;
        return way === "ascending" ? apart : -apart;
      };
      body.append(...first.slice().sort(compare));
    });
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const rows = [...document.getElementById(button.dataset.copy).rows];
    const text = rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t")).join("\n");
    const said = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = `${rows.length} rows copied.`;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      said.textContent = document.execCommand("copy") ? `${rows.length} rows copied.` : "The browser does not allow it; the CSV has the numbers.";
      area.remove();
    }
  });
}
const still = document.getElementById("loop-static");
if (still) still.open = false;
follow();

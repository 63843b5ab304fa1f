// The loop: curves shown and hidden, moved and zoomed from the keyboard, in light and dark.
(async () => {
  const place = document.getElementById("loop-figure");
  const dark = JSON.parse(document.getElementById("loop-dark").textContent);
  const views = await Bokeh.embed.embed_item(JSON.parse(document.getElementById("loop-data").textContent));
  const plot = (Array.isArray(views) ? views[0] : views.roots ? views.roots[0] : [...views][0]).model;
  const boxes = [...document.querySelectorAll("[data-curve]")];
  const parts = new Map();
  for (const part of plot.renderers) parts.set(part.name, [...(parts.get(part.name) ?? []), part]);
  const show = () => boxes.forEach((box) => {
    const shown = box.checked && !box.closest(".toggle").hidden;
    (parts.get(box.dataset.curve) ?? []).forEach((part) => { part.visible = shown; });
  });
  boxes.forEach((box) => box.addEventListener("change", show));
  document.querySelectorAll("[data-all]").forEach((button) => button.addEventListener("click", () => {
    document.querySelectorAll("#loop-cases .toggle:not([hidden]) input").forEach((box) => { box.checked = button.dataset.all === "true"; });
    show();
  }));
  const sphere = document.getElementById("sphere"), most = document.getElementById("loop-cases").dataset.most;
  if (sphere) sphere.addEventListener("change", () => {
    let shown = 0;
    document.querySelectorAll(".toggle").forEach((label) => {
      label.hidden = label.dataset.sphere !== sphere.value;
      if (!label.hidden) label.firstChild.checked = label.closest("#loop-cases") ? shown++ < most : true;
    });
    show();
  });

  const whole = { x: [plot.x_range.start, plot.x_range.end], y: [plot.y_range.start, plot.y_range.end] };
  const change = (range, scale, shift) => {
    const half = (range.end - range.start) / 2, middle = (range.end + range.start) / 2 + 2 * half * shift;
    range.setv({ start: middle - half * scale, end: middle + half * scale });
  };
  document.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
    change(plot.x_range, +button.dataset.zoom, 0);
    change(plot.y_range, +button.dataset.zoom, 0);
  }));
  document.querySelectorAll("[data-move]").forEach((button) => button.addEventListener("click", () => change(plot.x_range, 1, +button.dataset.move)));
  document.querySelector("[data-whole]").addEventListener("click", () => {
    plot.x_range.setv({ start: whole.x[0], end: whole.x[1] });
    plot.y_range.setv({ start: whole.y[0], end: whole.y[1] });
  });

  const light = Object.fromEntries(Object.entries(dark).map(([one, other]) => [other, one]));
  const asks = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    const paper = asks.matches ? colour("--paper") : "#ffffff", soft = colour("--soft"), line = colour("--line");
    plot.background_fill_color = paper;
    plot.border_fill_color = paper;
    plot.outline_line_color = line;
    for (const axis of [...plot.below, ...plot.left]) {
      axis.setv({ axis_label_text_color: colour("--ink"), major_label_text_color: soft, axis_line_color: soft, major_tick_line_color: soft, minor_tick_line_color: soft, axis_label_text_font_style: "normal", axis_label_text_font_size: "14px", major_label_text_font_size: "12px" });
    }
    for (const grid of plot.center) if ("grid_line_color" in grid) grid.grid_line_color = line;
    const palette = asks.matches ? dark : light;
    const other = (value) => {
      if (!value || typeof value !== "object" || !("value" in value)) return value;
      return palette[value.value] ? { value: palette[value.value] } : value;
    };
    for (const part of plot.renderers) {
      const glyph = part.glyph;
      for (const name of ["line_color", "fill_color"]) if (name in glyph) glyph[name] = other(glyph[name]);
    }
    document.querySelectorAll(".toggle line").forEach((swatch) => {
      const stroke = swatch.getAttribute("stroke");
      swatch.setAttribute("stroke", palette[stroke] ?? stroke);
    });
  };
  asks.addEventListener("change", paint);
  paint();
  show();
  place.dataset.ready = "yes";
})();

// Makes the drawn timeline move: zoom, pan, filter, select. The program that wrote this page drew every
// element; here they only get other places on the time axis. Times are nanoseconds since the
// picture's begin.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const { gutter, right: margin, barHeight, hopGap, hopGapShare, length, spans } = data;
  const axis = document.getElementById("axis");
  const lanes = document.getElementById("lanes");
  const tip = document.getElementById("tip");
  const kSvg = "http://www.w3.org/2000/svg";
  const kShortest = 200; // ns that a screen shows at least
  let from = 0;
  let to = length;
  let selected = null;

  const links = lanes.querySelector(".links");
  const grid = lanes.querySelector(".grid");
  for (const group of lanes.querySelectorAll(".bars > g")) {
    const span = spans[group.dataset.i];
    span.group = group;
    span.bars = [...group.querySelectorAll(".bar")];
    span.texts = [...group.querySelectorAll("text")];
    group.querySelector("title").remove(); // our own tip says the same sooner
  }
  for (const path of lanes.querySelectorAll(".hops > path")) spans[path.dataset.i].hop = path;
  const byId = new Map(spans.map((span) => [span.id, span]));

  // --- time to pixels --------------------------------------------------------------------

  const chartWidth = () => Math.max(lanes.clientWidth - gutter - margin, 50);
  const xOf = (time) => gutter + ((time - from) / (to - from)) * chartWidth();
  const timeAt = (clientX) =>
    from + ((clientX - lanes.getBoundingClientRect().left - gutter) / chartWidth()) * (to - from);
  // Far beyond the screen, coordinates lose their precision and gradients their place.
  const near = (x) => Math.min(Math.max(x, gutter - 60), gutter + chartWidth() + 60);

  function placePiece(span, piece, x, end) {
    const left = near(x);
    const bar = span.bars[piece];
    bar.setAttribute("x", left);
    bar.setAttribute("width", Math.max(near(end) - left, 1.5));
    const text = span.texts[piece];
    if (!text) return;
    const start = Math.max(left, gutter);
    const room = Math.floor((Math.min(end, gutter + chartWidth()) - start - 10) / 6.3);
    const name = data.names[span.n];
    text.setAttribute("x", start + 5);
    text.textContent =
      room < 3 ? "" : name.length <= room ? name : name.slice(0, room - 1) + "…";
  }

  function placeSpan(span) {
    const visible = span.e >= from && span.b <= to;
    span.group.style.display = visible ? "" : "none";
    if (span.hop) span.hop.style.display = visible ? "" : "none";
    if (!visible) return;
    const x = xOf(span.b);
    const end = xOf(span.e);
    if (!span.hop) return placePiece(span, 0, x, end);
    const gap = Math.min(hopGap, (end - x) * hopGapShare) / 2;
    const left = xOf((span.b + span.e) / 2) - gap;
    const right = left + 2 * gap;
    placePiece(span, 0, x, left);
    placePiece(span, 1, right, end);
    const [y, endY] = span.y.map((top) => top + barHeight / 2);
    span.hop.setAttribute("style", end - x < 10 ? "stroke-width:0.7;stroke-opacity:0.3" : "");
    span.hop.setAttribute("d",
      `M${left} ${y}C${left + hopGap} ${y} ${right - hopGap} ${endY} ${right} ${endY}`);
  }

  const kUnits = [[1, 2e3, "ns"], [1e3, 2e6, "us"], [1e6, 2e9, "ms"], [1e9, 18e10, "s"],
    [6e10, 108e11, "min"], [36e11, Infinity, "h"]];

  function placeAxis() {
    const [unit, , name] = kUnits.find(([, below]) => Math.max(to - from, from / 1e3) < below);
    let step = 1;
    const least = (to - from) / Math.max(chartWidth() / 110, 2);
    for (let decade = unit > 1e9 ? unit : 1; step < least; decade *= 10) {
      step = [1, 2, 5].map((factor) => factor * decade).find((s) => s >= least) ?? step;
    }
    const decimals = Math.min(Math.max(0, Math.ceil(-Math.log10(step / unit) - 1e-9)), 9);
    const labels = document.createElementNS(kSvg, "g");
    labels.setAttribute("class", "axis");
    const lines = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      lines.push(`M${xOf(at)} 0V${data.height}`);
      if (xOf(at) + 30 > lanes.clientWidth) continue;
      const text = document.createElementNS(kSvg, "text");
      text.setAttribute("x", xOf(at));
      text.setAttribute("y", 16);
      text.textContent = `${(at / unit).toFixed(decimals)} ${name}`;
      labels.append(text);
    }
    axis.replaceChildren(labels);
    const path = document.createElementNS(kSvg, "path");
    path.setAttribute("d", lines.join(""));
    grid.replaceChildren(path);
  }

  function placeLinks() {
    links.replaceChildren();
    if (!selected) return;
    for (const child of family(selected)) {
      const parent = byId.get(child.p);
      if (!parent) continue;
      const path = document.createElementNS(kSvg, "path");
      const inEnd = parent.hop && child.b > (parent.b + parent.e) / 2;
      const x = xOf(child.b) + 1;
      path.setAttribute("d", `M${x} ${parent.y[inEnd ? 1 : 0] + barHeight / 2}` +
        `V${child.y[0] + barHeight / 2}`);
      links.append(path);
    }
  }

  let scheduled = false;
  function redraw() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      const chart = document.querySelector("#chart rect");
      chart.setAttribute("width", chartWidth());
      for (const stripe of lanes.querySelectorAll(".lane")) {
        stripe.setAttribute("width", lanes.clientWidth);
      }
      spans.forEach(placeSpan);
      placeAxis();
      placeLinks();
    });
  }

  function show(begin, end) {
    const size = Math.min(Math.max(end - begin, kShortest), length);
    from = Math.min(Math.max((begin + end - size) / 2, 0), length - size);
    to = from + size;
    redraw();
  }
  const zoom = (factor, around) =>
    show(around - (around - from) * factor, around + (to - around) * factor);
  const pan = (share) => show(from + share * (to - from), to + share * (to - from));

  // --- which spans stand out -----------------------------------------------------------------

  function family(span) {
    const members = new Set([span]);
    for (let up = byId.get(span.p); up && !members.has(up); up = byId.get(up.p)) members.add(up);
    const below = new Set([span.id]);
    for (const other of spans) { // parents stand before their children
      if (!below.has(other.p)) continue;
      below.add(other.id);
      members.add(other);
    }
    return members;
  }

  function light(isLit) {
    for (const span of spans) {
      const dim = !isLit(span);
      span.group.classList.toggle("dim", dim);
      if (span.hop) span.hop.classList.toggle("dim", dim);
    }
  }

  function select(span) {
    selected = span;
    const members = span && family(span);
    light((other) => !members || members.has(other));
    placeLinks();
  }

  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const text = filter.value.trim().toLowerCase();
    selected = null;
    links.replaceChildren();
    light((span) => text === "" || String(span.id) === text ||
      data.names[span.n].toLowerCase().includes(text) ||
      data.places[span.g].toLowerCase().includes(text) || span.m.includes(text));
  });

  for (const button of document.querySelectorAll(".notable button")) {
    button.addEventListener("click", () => {
      const span = spans[button.dataset.i];
      const around = (span.e - span.b) * 0.15;
      show(span.b - around, span.e + around);
      select(span);
      span.group.scrollIntoView({ block: "nearest" });
    });
  }

  // --- mouse and keys -------------------------------------------------------------------------

  const spanAt = (event) => {
    const element = event.target.closest("[data-i]");
    return element && spans[element.dataset.i];
  };

  function durationText(ns) {
    const [unit, , name] = kUnits.find(([, below]) => ns < below / 2);
    return unit === 1 ? `${ns} ns` : `${Number((ns / unit).toPrecision(3))} ${name}`;
  }

  function tipText(span) {
    const parent = byId.get(span.p);
    const end = span.open ? "not ended" : `+${durationText(span.e)} on ${data.threads[span.t[1]]}`;
    return `${data.names[span.n]}  ${durationText(span.e - span.b)}${span.m && `  (${span.m})`}\n` +
      `span ${span.id}, depth ${span.d}` +
      (span.p ? `, child of ${span.p}${parent ? ` (${data.names[parent.n]})` : ""}` : "") +
      `\n+${durationText(span.b)} on ${data.threads[span.t[0]]}\n${end}\n${data.places[span.g]}`;
  }

  let drag = null;
  lanes.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, from, to, moved: false };
  });
  window.addEventListener("pointermove", (event) => {
    if (drag && event.buttons & 1) {
      const pixels = event.clientX - drag.x;
      drag.moved ||= Math.abs(pixels) > 3;
      const shift = (pixels / chartWidth()) * (drag.to - drag.from);
      if (drag.moved) show(drag.from - shift, drag.to - shift);
    }
    const span = event.target instanceof Element && !drag?.moved ? spanAt(event) : null;
    tip.style.display = span ? "block" : "none";
    if (!span) return;
    tip.textContent = tipText(span);
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
    const below = event.clientY + 16;
    tip.style.top =
      `${below + tip.offsetHeight < innerHeight ? below : event.clientY - tip.offsetHeight - 12}px`;
  });
  window.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) select(spanAt(event));
    drag = null;
  });
  lanes.addEventListener("dblclick", (event) => {
    const span = spanAt(event);
    if (span) show(span.b - (span.e - span.b) * 0.1, span.e + (span.e - span.b) * 0.1);
    else zoom(0.5, timeAt(event.clientX));
  });
  lanes.addEventListener("wheel", (event) => {
    const scrolls = document.documentElement.scrollHeight > innerHeight + 1;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      pan((event.deltaX || event.deltaY) / 1000);
    } else if (event.ctrlKey || event.metaKey || !scrolls) {
      zoom(Math.exp(event.deltaY / 400), timeAt(event.clientX));
    } else {
      return; // A page that is higher than the window scrolls.
    }
    event.preventDefault();
  }, { passive: false });

  const keys = {
    "+": () => zoom(0.7, (from + to) / 2), "=": () => zoom(0.7, (from + to) / 2),
    "w": () => zoom(0.7, (from + to) / 2), "s": () => zoom(1 / 0.7, (from + to) / 2),
    "-": () => zoom(1 / 0.7, (from + to) / 2),
    "a": () => pan(-0.2), "d": () => pan(0.2),
    "ArrowLeft": () => pan(-0.2), "ArrowRight": () => pan(0.2),
    "0": () => show(0, length),
    "Escape": () => { select(null); show(0, length); },
    "/": () => filter.focus(),
  };
  window.addEventListener("keydown", (event) => {
    if (event.target === filter && event.key !== "Escape") return;
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    filter.blur();
    keys[event.key]();
    event.preventDefault();
  });
  window.addEventListener("resize", redraw);
  redraw();
})();

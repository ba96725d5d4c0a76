/* The one script of the site. Everything it shows is also on the page without it. ES2017, no dependency,
   no cookie, no storage, no request beyond the site's own files. */
(function () {
  "use strict";
  const body = document.body;
  const kind = body.dataset.kind, up = body.dataset.up, release = body.dataset.release;
  const SPI = window.SPI || {};
  const words = SPI.words || {};
  const $ = (id) => document.getElementById(id);
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (m, name) => (values && name in values ? values[name] : m));
  const make = (tag, text, attributes) => {
    const node = document.createElement(tag);
    if (text !== undefined && text !== null) { node.textContent = text; }
    Object.keys(attributes || {}).forEach((name) => node.setAttribute(name, attributes[name]));
    return node;
  };
  const number = (value, decimals, signed) => {
    if (value === null || value === undefined || !isFinite(value)) { return say("site.not_given"); }
    let text = Math.abs(value).toFixed(decimals).replace(/\B(?=(\d{3})+(?!\d))/g, (m, p, at, whole) => (whole.indexOf(".") >= 0 && at > whole.indexOf(".") ? "" : ","));
    if (Number(text.replace(/,/g, "")) === 0) { return text; }
    return (value < 0 ? "\u2212" : signed ? "+" : "") + text;
  };
  const read = () => {
    const found = {};
    location.hash.slice(1).split("&").forEach((part) => {
      const at = part.indexOf("=");
      if (at > 0) {
        try { found[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1)); } catch (error) { /* not ours */ }
      }
    });
    return found;
  };
  const write = (values) => {
    const text = Object.keys(values).filter((key) => values[key] !== "").map((key) => key + "=" + encodeURIComponent(values[key]).replace(/%2C/g, ",")).join("&");
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  };
  body.classList.add("js-on");
  all(".js").forEach((node) => { node.hidden = false; });

  /* Which release is current. */
  function status() {
    const known = SPI.status && SPI.status.releases[release], box = $("status");
    if (!known || !box || known.status === "current" || known.status === "draft") { return; }
    const text = say("release_status.js_" + known.status, { by: known.by || "", reason: known.why || "" });
    box.textContent = text + " ";
    const newest = SPI.status.current;
    if (newest) {
      box.appendChild(make("a", say("release_status.open_newest") + " (" + newest + ")", { href: body.dataset.top + "releases/" + newest + "/index.html" }));
    }
    box.hidden = false;
  }

  /* Tables that sort. */
  function figure(cell) {
    const data = cell.querySelector("data");
    return data ? Number(data.getAttribute("value")) : null;
  }
  function sortable(table) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      if ("nosort" in head.dataset) { return; }
      const label = head.textContent.trim();
      const button = make("button", null, { type: "button" });
      while (head.firstChild) { button.appendChild(head.firstChild); }
      head.appendChild(button);
      button.title = say("chart.sort", { column: label });
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") !== "descending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = Array.from(table.tBodies[0].rows);
        const keyed = rows.map((row, index) => {
          const cell = row.cells[column], value = figure(cell);
          return { row: row, index: index, value: value, text: cell.textContent.trim() };
        });
        const numeric = keyed.some((item) => item.value !== null);
        keyed.sort((a, b) => {
          if (numeric) {
            if (a.value === null || b.value === null) { return (a.value === null) - (b.value === null) || a.index - b.index; }
            return (down ? b.value - a.value : a.value - b.value) || a.index - b.index;
          }
          return (down ? b.text.localeCompare(a.text, "en") : a.text.localeCompare(b.text, "en")) || a.index - b.index;
        });
        keyed.forEach((item) => table.tBodies[0].appendChild(item.row));
      });
    });
  }

  /* Charts: a click on a ward, and downloads. */
  function save(name, type, parts) {
    const link = make("a", null, { download: name });
    link.href = URL.createObjectURL(new Blob(parts, { type: type }));
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  /* A cell with several figures, as a score with its likely range, becomes a column for each. */
  function csv(table) {
    const quote = (text) => (/[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text);
    const lines = all("tr", table).map((row) => Array.from(row.cells)), figures = (cell) => all("data", cell).map((data) => data.getAttribute("value"));
    const most = [];
    lines.forEach((cells) => cells.forEach((cell, at) => { most[at] = Math.max(most[at] || 1, figures(cell).length); }));
    return lines.map((cells, line) => [].concat.apply([], cells.map((cell, at) => {
      const found = figures(cell), link = cell.querySelector("a"), count = most[at];
      const text = (link && cell.tagName === "TH" ? link : cell).textContent.trim().replace(/\s+/g, " ");
      if (count === 1) { return [quote(found.length ? found[0] : text)]; }
      const names = [say("chart.low", { column: text }), say("chart.high", { column: text })];
      if (line === 0) { return (count > 2 ? [text] : []).concat(names).map(quote); }
      return (found.length ? found : [text]).concat(Array(count).fill("")).slice(0, count).map(quote);
    })).join(",")).join("\r\n") + "\r\n";
  }
  function drawing(chart) {
    const space = "http://www.w3.org/2000/svg", parts = all("svg", chart);
    const whole = document.createElementNS(space, "svg");
    let width = 0, height = 0;
    const source = say("chart.download") && $("citation") ? $("citation").textContent : "";
    parts.forEach((part) => {
      const copy = part.cloneNode(true), box = part.viewBox.baseVal;
      const from = [part].concat(all("*", part)), to = [copy].concat(all("*", copy));
      from.forEach((node, index) => {
        const style = getComputedStyle(node);
        if (style.display === "none" && node.tagName !== "title" && node.tagName !== "desc") { to[index].setAttribute("display", "none"); return; }
        ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "text-anchor"].forEach((name) => {
          const value = style.getPropertyValue(name);
          if (value) { to[index].setAttribute(name, value); }
        });
      });
      copy.setAttribute("x", 0);
      copy.setAttribute("y", height);
      copy.setAttribute("width", box.width);
      copy.setAttribute("height", box.height);
      whole.appendChild(copy);
      width = Math.max(width, box.width);
      height += box.height + 12;
    });
    /* The legend: colours and what they stand for. */
    all(".legend li", chart).forEach((item) => {
      const key = item.querySelector(".key"), label = document.createElementNS(space, "text");
      if (key) {
        const patch = document.createElementNS(space, "rect");
        patch.setAttribute("x", 4);
        patch.setAttribute("y", height);
        patch.setAttribute("width", 16);
        patch.setAttribute("height", 10);
        patch.setAttribute("fill", getComputedStyle(key).backgroundColor);
        patch.setAttribute("stroke", "#505a5f");
        whole.appendChild(patch);
      }
      label.setAttribute("x", key ? 26 : 4);
      label.setAttribute("y", height + 9);
      label.setAttribute("font-size", "11");
      label.setAttribute("font-family", "sans-serif");
      label.setAttribute("fill", "#0b0c0c");
      label.textContent = item.textContent.trim().replace(/\s+/g, " ");
      whole.appendChild(label);
      height += 15;
    });
    const lines = [];
    (chart.querySelector("figcaption").textContent + ". " + source).split(" ").forEach((word) => {
      if (!lines.length || (lines[lines.length - 1] + " " + word).length > width / 5.2) { lines.push(word); } else { lines[lines.length - 1] += " " + word; }
    });
    lines.forEach((line, index) => {
      const text = document.createElementNS(space, "text");
      text.setAttribute("x", 4);
      text.setAttribute("y", height + 12 + 13 * index);
      text.setAttribute("font-size", "10");
      text.setAttribute("font-family", "sans-serif");
      text.setAttribute("fill", "#0b0c0c");
      text.textContent = line;
      whole.appendChild(text);
    });
    height += 16 + 13 * lines.length;
    whole.setAttribute("xmlns", space);
    whole.setAttribute("viewBox", "0 0 " + width + " " + height);
    whole.setAttribute("width", width);
    whole.setAttribute("height", height);
    return { text: new XMLSerializer().serializeToString(whole), width: width, height: height };
  }
  function chart(node) {
    const table = node.dataset.table && $(node.dataset.table);
    const name = "spi-" + release + "-" + (location.pathname.split("/").pop() || "index").replace(".html", "") + "-" + node.dataset.chart;
    const box = make("p", say("chart.download") + ": ", { class: "downloads" });
    const add = (label, act) => {
      const button = make("button", label, { type: "button" });
      button.addEventListener("click", act);
      box.appendChild(button);
    };
    add(say("chart.svg"), () => save(name + ".svg", "image/svg+xml", [drawing(node).text]));
    add(say("chart.png"), () => {
      const made = drawing(node), image = new Image(), canvas = document.createElement("canvas");
      image.onload = () => {
        canvas.width = made.width * 2;
        canvas.height = made.height * 2;
        const pen = canvas.getContext("2d");
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, canvas.width, canvas.height);
        pen.drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob((blob) => save(name + ".png", "image/png", [blob]));
      };
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(made.text);
    });
    if (table) { add(say("chart.csv"), () => save(name + ".csv", "text/csv;charset=utf-8", [csv(table)])); }
    node.appendChild(box);
  }
  document.addEventListener("click", (event) => {
    const ward = event.target.closest && event.target.closest("[data-ward].w");
    if (ward) { location.href = up + "wards/" + ward.dataset.ward + ".html"; }
    const copy = event.target.closest && event.target.closest("[data-copy]");
    if (copy) {
      const text = $(copy.dataset.copy).textContent;
      const told = () => { copy.textContent = say("site.copied"); };
      const select = () => {
        const range = document.createRange();
        range.selectNodeContents($(copy.dataset.copy));
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        if (document.execCommand("copy")) { told(); }
      };
      if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(text).then(told, select); } else { select(); }
    }
  });

  /* Overview: another measure on the map and in the table. */
  function classOf(value, breaks) {
    if (value === null || value === undefined) { return 0; }
    for (let k = 1; k < 5; k += 1) { if (value < breaks[k]) { return k; } }
    return 5;
  }
  function overview() {
    const scores = SPI.scores, choice = $("measure"), table = $("t-ranking");
    if (!scores || !choice) { return; }
    const initial = { rows: Array.from(table.tBodies[0].rows), caption: document.querySelector(".maps figcaption") };
    const first = initial.caption ? initial.caption.textContent : "";
    const show = (id) => {
      const measure = scores.measures[id];
      if (!measure) { return; }
      choice.value = id;
      all("path.w").forEach((path) => {
        path.setAttribute("class", "w k" + classOf(measure.scores[path.dataset.ward], measure.breaks));
      });
      all(".l").forEach((text) => {
        text.setAttribute("class", "l t" + classOf(measure.scores[text.dataset.label], measure.breaks));
      });
      const counts = [0, 0, 0, 0, 0, 0];
      Object.keys(scores.wards).forEach((code) => { counts[classOf(measure.scores[code], measure.breaks)] += 1; });
      const legend = document.querySelector(".maps .legend");
      if (legend) {
        legend.textContent = "";
        [1, 2, 3, 4, 5, 0].forEach((k) => {
          if (k === 0 && !counts[0]) { return; }
          const item = make("li");
          item.appendChild(make("span", null, { class: "key k" + k }));
          const range = k ? number(measure.breaks[k - 1], measure.decimals) + " \u2013 " + number(measure.breaks[k], measure.decimals) : say("overview.legend_none");
          item.appendChild(document.createTextNode(range + " "));
          item.appendChild(make("small", "(" + counts[k] + " " + say(counts[k] === 1 ? "overview.legend_ward" : "overview.legend_wards") + ")"));
          legend.appendChild(item);
        });
      }
      const index = id === "index";
      if (initial.caption) { initial.caption.textContent = index ? first : measure.name; }
      all("tr[data-ward]", table).forEach((row) => {
        const value = measure.scores[row.dataset.ward], cells = row.cells, likely = measure.likely && measure.likely[row.dataset.ward];
        cells[1].textContent = "";
        if (value === null || value === undefined) { cells[1].appendChild(make("span", say("site.not_given"), { class: "none" })); } else {
          cells[1].appendChild(make("data", number(value, 1), { value: String(value) }));
        }
        if (measure.notes && measure.notes[row.dataset.ward]) { cells[1].appendChild(make("em", measure.notes[row.dataset.ward], { class: "corrected" })); }
        const bar = cells[2].querySelector(".fg"), whisker = cells[2].querySelector(".wh");
        if (bar) { bar.setAttribute("d", "M0 1h" + (value || 0) + "v8H0z"); }
        if (whisker) { whisker.setAttribute("d", likely ? "M" + likely[0] + " 5H" + likely[1] : ""); }
        cells[3].textContent = likely ? number(likely[0], 1) + " \u2013 " + number(likely[1], 1) : "[u]";
        for (let at = 4; at < cells.length; at += 1) {
          if (!("kept" in cells[at].dataset)) { cells[at].dataset.kept = cells[at].innerHTML; }
          if (index) { cells[at].innerHTML = cells[at].dataset.kept; } else { cells[at].textContent = "\u2013"; }
        }
      });
      const body = table.tBodies[0];
      Array.from(body.rows).sort((a, b) => {
        const x = measure.scores[a.dataset.ward], y = measure.scores[b.dataset.ward];
        return (y === null ? -1 : y) - (x === null ? -1 : x);
      }).forEach((row) => body.appendChild(row));
      write(index ? {} : { m: id });
    };
    choice.addEventListener("change", () => show(choice.value));
    const asked = read().m;
    if (asked) { show(asked); }
    find();
    tour();
  }
  function find() {
    const form = $("find"), said = $("find-said");
    if (!form) { return; }
    const wards = SPI.scores.wards;
    const go = (code) => { location.href = up + "wards/" + code + ".html"; };
    const byPostcode = (text) => {
      const found = Object.keys(SPI.postcodes || {}).find((code) => (" " + SPI.postcodes[code] + " ").indexOf(" " + text + " ") >= 0);
      if (found) { go(found); } else { said.textContent = say("overview.find_unknown"); }
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = $("find-q").value.trim();
      const name = Object.keys(wards).find((code) => text && wards[code].toLowerCase() === text.toLowerCase()) ||
        Object.keys(wards).find((code) => text.length > 2 && wards[code].toLowerCase().indexOf(text.toLowerCase()) >= 0);
      const code = text.toUpperCase().replace(/\s+/g, "");
      if (name) { go(name); return; }
      if (!/^[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}$/.test(code)) { said.textContent = say("overview.find_unknown"); return; }
      if (SPI.postcodes) { byPostcode(code); return; }
      const script = make("script", null, { src: up + "data/postcodes.js" });
      script.onload = () => byPostcode(code);
      script.onerror = () => byPostcode(code);
      document.head.appendChild(script);
    });
  }
  function tour() {
    const box = $("tour"), start = $("tour-start");
    if (!box || !start) { return; }
    const steps = all("li", box);
    let at = 0;
    const show = (to) => {
      all(".tour-here").forEach((node) => node.classList.remove("tour-here"));
      at = to;
      box.hidden = at < 0;
      if (at < 0) { start.focus(); return; }
      steps.forEach((step, index) => { step.hidden = index !== at; });
      $("tour-h").textContent = box.dataset.heading.replace("{step}", at + 1).replace("{steps}", steps.length);
      box.querySelector("[data-tour=back]").hidden = at === 0;
      box.querySelector("[data-tour=next]").hidden = at === steps.length - 1;
      const target = $(steps[at].dataset.target);
      if (target) { target.classList.add("tour-here"); target.scrollIntoView({ block: "center" }); }
      $("tour-h").focus({ preventScroll: true });
    };
    start.addEventListener("click", () => show(0));
    box.addEventListener("click", (event) => {
      const move = event.target.dataset.tour;
      if (move) { show(move === "next" ? at + 1 : move === "back" ? at - 1 : -1); }
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !box.hidden) { show(-1); } });
    if (location.hash === "#tour") { show(0); }
  }

  /* Compare. */
  function likely(range) {
    const node = make("span", null, { class: "likely" });
    if (!range) { node.textContent = "[u]"; return node; }
    node.appendChild(make("data", number(range[0], 1), { value: String(range[0]) }));
    node.appendChild(document.createTextNode(" \u2013 "));
    node.appendChild(make("data", number(range[1], 1), { value: String(range[1]) }));
    return node;
  }
  function compare() {
    const form = $("compare"), scores = SPI.scores, out = $("compare-out"), said = $("compare-said");
    if (!form || !scores) { return; }
    const boxes = all("input", form);
    const show = () => {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      write({ w: chosen.join(",") });
      out.textContent = "";
      if (chosen.length < 2) { said.textContent = say("compare.too_few"); return; }
      said.textContent = "";
      const index = scores.measures.index, list = make("ul");
      out.appendChild(make("h2", say("compare.apart")));
      chosen.forEach((a, i) => chosen.slice(i + 1).forEach((b) => {
        const x = index.scores[a], y = index.scores[b], p = index.likely && index.likely[a], q = index.likely && index.likely[b];
        const names = { a: scores.wards[a], b: scores.wards[b], gap: x === null || y === null ? "?" : number(Math.abs(x - y), 1) };
        const letters = index.letters, shared = letters && letters[a].split("").some((letter) => letters[b].indexOf(letter) >= 0);
        const key = !p || !q ? "unknown" : letters ? (shared ? "shared" : "letters") : p[0] > q[1] || q[0] > p[1] ? "yes" : "no";
        const codes = Object.keys(scores.wards), row = index.below && index.below[codes.indexOf(a)], chance = row ? row[codes.indexOf(b) - codes.indexOf(a) - 1] : undefined;
        list.appendChild(make("li", say("compare.apart_" + key, names) + (typeof chance !== "number" ? "" : " " +
          (chance < 0.01 ? say("compare.chance_none", names) : chance > 0.99 ? say("compare.chance_all", names) : say("compare.chance", Object.assign({ chance: (100 * chance).toFixed(0) }, names))))));
      }));
      out.appendChild(list);
      out.appendChild(make("h2", say("compare.result")));
      const hold = make("div", null, { class: "scroll", role: "region", tabindex: "0", "aria-label": say("compare.result") });
      const table = make("table", null, { id: "t-compare" }), head = make("tr"), rows = make("tbody");
      table.appendChild(make("caption", say("compare.result"), { class: "hide" }));
      head.appendChild(make("th", say("ward.part"), { scope: "col" }));
      chosen.forEach((code) => head.appendChild(make("th", scores.wards[code], { scope: "col", class: "n" })));
      table.appendChild(make("thead")).appendChild(head);
      Object.keys(scores.measures).forEach((id) => {
        const row = make("tr"), measure = scores.measures[id];
        row.appendChild(make("th", measure.name, { scope: "row" }));
        chosen.forEach((code) => {
          const cell = make("td", null, { class: "n" }), value = measure.scores[code];
          cell.appendChild(value === null ? make("span", say("site.not_given"), { class: "none" }) : make("data", number(value, 1), { value: String(value) }));
          if (value !== null) { cell.appendChild(likely(measure.likely && measure.likely[code])); }
          row.appendChild(cell);
        });
        rows.appendChild(row);
      });
      table.appendChild(rows);
      hold.appendChild(table);
      out.appendChild(hold);
    };
    form.addEventListener("change", (event) => {
      if (boxes.filter((box) => box.checked).length > 5) { event.target.checked = false; said.textContent = say("compare.too_many"); return; }
      show();
    });
    const asked = (read().w || "").split(",").slice(0, 5);
    boxes.forEach((box) => { box.checked = asked.indexOf(box.value) >= 0; });
    if (asked[0]) { show(); }
  }

  /* Own weights. */
  function mean(parts) {
    let sum = 0, total = 0;
    parts.forEach((part) => { if (part[1] !== null && part[1] !== undefined) { sum += part[0] * part[1]; total += part[0]; } });
    return total > 0 ? sum / total : null;
  }
  /* The index from scores of components; weight gives each part's, changed puts other scores in their place. */
  function indexOf(dimensions, scores, weight, changed) {
    return mean(Object.keys(dimensions).map((dimension) => {
      const entry = dimensions[dimension];
      if (scores(dimension) === null) { return [weight(dimension, entry.weight), null]; }
      const parts = Object.keys(entry.components).map((component) => {
        const value = changed && component in changed ? changed[component] : scores(component);
        return [weight(component, entry.components[component]), value];
      });
      return [weight(dimension, entry.weight), mean(parts)];
    }));
  }
  /* Figures of wards come when they are asked for, a file each. */
  function wards(codes, then) {
    const wanted = codes.filter((code) => !(SPI.wards && SPI.wards[code]));
    let left = wanted.length;
    if (!left) { then(); return; }
    wanted.forEach((code) => {
      const script = make("script", null, { src: up + "data/wards/" + code + ".js" });
      script.onload = () => { left -= 1; if (!left) { then(); } };
      document.head.appendChild(script);
    });
  }
  function weights() {
    const form = $("weights"), scores = SPI.scores, table = $("t-weights"), said = $("weights-said");
    if (!form || !scores) { return; }
    const sliders = all("[data-weight]", form);
    const order = (values) => Object.keys(values).sort((a, b) => (values[b] === null ? -1 : values[b]) - (values[a] === null ? -1 : values[a]));
    const show = () => {
      const chosen = {};
      sliders.forEach((slider) => {
        chosen[slider.dataset.weight] = Number(slider.value);
        slider.parentNode.querySelector("output").textContent = slider.value;
      });
      const own = {}, published = scores.measures.index.scores, old = {};
      Object.keys(scores.wards).forEach((code) => {
        own[code] = indexOf(scores.dimensions, (id) => (scores.measures[id] ? scores.measures[id].scores[code] : null), (name, given) => (name in chosen ? chosen[name] : given));
        old[code] = published[code];
      });
      const before = order(old), after = order(own);
      const moved = before.filter((code, place) => after[place] !== code).length;
      const changed = sliders.some((slider) => slider.value !== slider.dataset.default);
      said.textContent = !changed ? "" : moved ? say("weights.moved", { count: moved, all: before.length }) : say("weights.moved_none");
      all("tr[data-ward]", table).forEach((row) => {
        const cell = row.querySelector("[data-own]"), value = own[row.dataset.ward];
        cell.textContent = "";
        cell.appendChild(make("data", number(value, 1), { value: String(value) }));
      });
      const rows = table.tBodies[0];
      after.forEach((code) => rows.appendChild(rows.querySelector('[data-ward="' + code + '"]')));
      write({ w: changed ? sliders.map((slider) => slider.value).join(",") : "" });
    };
    form.addEventListener("input", show);
    form.addEventListener("reset", (event) => {
      event.preventDefault();
      sliders.forEach((slider) => { slider.value = slider.dataset.default; });
      show();
    });
    const asked = (read().w || "").split(",");
    if (asked.length === sliders.length) {
      sliders.forEach((slider, place) => { if (/^[0-4](\.5)?$/.test(asked[place])) { slider.value = asked[place]; } });
    }
    show();
  }

  /* What if. */
  function whatIf() {
    const form = $("what-if");
    if (!form) { return; }
    const ward = $("wi-ward"), choice = $("wi-ind"), input = $("wi-value"), said = $("wi-said");
    const show = (fresh) => wards([ward.value], () => {
      const data = SPI.wards[ward.value], chosen = choice.selectedOptions[0], item = chosen.dataset, part = chosen.parentNode;
      const component = part.dataset.component, decimals = Number(item.decimals), now = data.values[chosen.value][0];
      if (fresh) { input.value = now === null ? "" : Number(now.toFixed(Math.max(decimals, 2))); }
      $("wi-unit").textContent = item.unit;
      $("wi-now").textContent = say("what_if.now", { value: number(now, decimals) });
      const value = parseFloat(input.value), raw = 100 * (value - Number(item.worst)) / (Number(item.best) - Number(item.worst));
      write({ w: ward.value, i: chosen.value, v: input.value });
      const c0 = data.scores[component], i0 = data.scores.index;
      if (!isFinite(value) || c0 === null || i0 === null || data.values[chosen.value][1] === null) { said.textContent = say("what_if.none"); return; }
      const c1 = mean(all("option", part).map((other) =>
        [Number(other.dataset.weight), other === chosen ? Math.max(0, Math.min(100, raw)) : data.values[other.value][1]]));
      const changed = {};
      changed[component] = c1;
      const i1 = indexOf(data.dimensions, (id) => data.scores[id], (name, given) => given, changed);
      said.textContent = say("what_if.result", {
        indicator: chosen.textContent, value: number(value, decimals), component: part.label,
        c0: number(c0, 1), c1: number(c1, 1), i0: number(i0, 2), i1: number(i1, 2)
      }) + (raw < 0 || raw > 100 ? " " + say("what_if.clipped") : "");
    });
    const asked = read(), among = (list, value) => value && all("option", list).some((option) => option.value === value);
    if (among(ward, asked.w)) { ward.value = asked.w; }
    if (among(choice, asked.i)) { choice.value = asked.i; }
    if (asked.v) { input.value = asked.v; show(false); } else { show(true); }
    ward.addEventListener("change", () => show(true));
    choice.addEventListener("change", () => show(true));
    input.addEventListener("input", () => show(false));
  }

  /* A group of one's own. */
  function own() {
    const form = $("own"), out = $("own-out"), said = $("own-said"), kept = $("own-rows");
    if (!form || !kept) { return; }
    const boxes = all("input", form), ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
    const draw = () => {
      const chosen = ticked(), rows = make("tbody");
      if (chosen.length < 2 || chosen.some((code) => !(SPI.wards && SPI.wards[code]))) { return; }
      out.textContent = "";
      all("tr", kept.content).forEach((line) => {
        const pairs = chosen.map((code) => SPI.wards[code].values[line.dataset.code].slice(2));
        if (pairs.some((pair) => pair.length < 2 || pair[0] === null || !pair[1])) { return; }
        const total = (at) => pairs.reduce((sum, pair) => sum + pair[at], 0);
        const value = Number(line.dataset.multiplier) * total(0) / total(1), row = document.importNode(line, true);
        row.cells[1].insertBefore(make("data", number(value, Number(line.dataset.decimals)), { value: String(value) }), row.cells[1].firstChild);
        rows.appendChild(row);
      });
      said.textContent = say("group.own_done", { count: rows.rows.length, wards: chosen.length });
      const table = make("table", null, { id: "t-own" }), head = make("tr");
      table.appendChild(make("caption", say("group.own_note")));
      head.appendChild(make("th", say("ward.indicator"), { scope: "col" }));
      head.appendChild(make("th", say("ward.value"), { scope: "col", class: "n" }));
      table.appendChild(make("thead")).appendChild(head);
      table.appendChild(rows);
      out.appendChild(table);
    };
    const show = () => {
      const chosen = ticked();
      write({ w: chosen.join(",") });
      if (chosen.length < 2) { out.textContent = ""; said.textContent = say("group.own_empty"); return; }
      wards(chosen, draw);
    };
    form.addEventListener("change", show);
    const asked = (read().w || "").split(",");
    boxes.forEach((box) => { box.checked = asked.indexOf(box.value) >= 0; });
    if (asked[0]) { show(); } else { said.textContent = say("group.own_empty"); }
  }

  /* In a frame: tell the page around it how tall this is. */
  function frame() {
    if (window.parent === window) { return; }
    const tell = () => window.parent.postMessage({ spiHeight: document.documentElement.scrollHeight }, "*");
    tell();
    window.addEventListener("resize", tell);
  }

  status();
  all("table.sortable").forEach(sortable);
  all("figure[data-chart]").forEach(chart);
  const acts = { overview: overview, compare: compare, weights: weights, what_if: whatIf, groups: own, embed_view: frame };
  if (acts[kind]) { acts[kind](); }
  window.addEventListener("hashchange", () => { if (kind === "compare" || kind === "weights" || kind === "what_if") { location.reload(); } });
})();

// Saved states: two planes, the profile with its fit, the texture; a slider runs along the path.
{
  const cases = JSON.parse(document.getElementById("states-data").textContent);
  const choose = document.getElementById("state-case"), slider = document.getElementById("state-step");
  const words = document.getElementById("state-words"), cutOpen = document.getElementById("state-cut");
  const turn = { yaw: -0.6, tilt: 0.35 };
  // dark to light, so told apart in grey; the page's style sheet holds them, brighter for a dark page
  let shades = [];
  const shade = (value) => {
    const at = Math.min(Math.max((value + 1) / 2, 0), 1) * (shades.length - 1), low = Math.min(Math.floor(at), shades.length - 2);
    return `rgb(${shades[low].map((part, k) => Math.round(part + (at - low) * (shades[low + 1][k] - part))).join(",")})`;
  };
  const moments = (text) => Int8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  const minus = (value, digits) => value.toFixed(digits).replace("-", "−");

  const sheet = (name) => {
    const canvas = document.getElementById(name), sharp = Math.min(devicePixelRatio || 1, 2), side = 360;
    if (canvas.width !== side * sharp) canvas.width = canvas.height = side * sharp;
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.clearRect(0, 0, side, side);
    return pen;
  };
  const arrow = (pen, x, y, dx, dy, width) => {
    const length = Math.hypot(dx, dy);
    if (length < 1) return;
    const ux = dx / length, uy = dy / length, head = Math.min(0.45 * length, 5 + width);
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(x - dx / 2, y - dy / 2);
    pen.lineTo(x + dx / 2 - ux * head, y + dy / 2 - uy * head);
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x + dx / 2, y + dy / 2);
    pen.lineTo(x + dx / 2 - ux * head - uy * head * 0.45, y + dy / 2 - uy * head + ux * head * 0.45);
    pen.lineTo(x + dx / 2 - ux * head + uy * head * 0.45, y + dy / 2 - uy * head - ux * head * 0.45);
    pen.fill();
  };

  // right and up are the components drawn as arrows, out the one drawn as shade
  const drawPlane = (name, state, right, up, out, labels) => {
    const pen = sheet(name), m = moments(state[name.slice(6)]), n = state.p, size = 312 / n, left = 24;
    const centre = (k) => left + (k + 0.5) * size;
    const filled = (k) => m[3 * k] || m[3 * k + 1] || m[3 * k + 2];
    for (let row = 0; row < n; row++) for (let column = 0; column < n; column++) {
      const k = row * n + column;
      if (!filled(k)) continue;
      pen.fillStyle = shade(m[3 * k + out] / 127);
      pen.fillRect(left + column * size, left + (n - 1 - row) * size, size + 0.6, size + 0.6);
    }
    const stride = Math.ceil(n / 14), start = Math.floor(((n - 1) % stride) / 2);
    for (let row = start; row < n; row += stride) for (let column = start; column < n; column += stride) {
      const k = row * n + column;
      if (!filled(k)) continue;
      const bright = m[3 * k + out] > 25;
      pen.strokeStyle = pen.fillStyle = bright ? "#10233f" : "#ffffff";
      const reach = (0.95 * stride * size) / 127;
      arrow(pen, centre(column), centre(n - 1 - row), m[3 * k + right] * reach, -m[3 * k + up] * reach, 1.3);
    }
    pen.fillStyle = ink();
    pen.font = "italic 20px serif";
    pen.fillText(labels[0], 342, 352);
    pen.fillText(labels[1], 4, 18);
    pen.font = "15px sans-serif";
    pen.fillText(`${2 * state.radius} nm across`, 24, 352);
  };

  const drawBall = (state) => {
    const pen = sheet("state-ball"), m = moments(state.ball), n = state.n;
    const [cy, sy, ct, st] = [Math.cos(turn.yaw), Math.sin(turn.yaw), Math.cos(turn.tilt), Math.sin(turn.tilt)];
    const project = (x, y, z) => {
      const across = cy * x - sy * y, away = sy * x + cy * y;
      return [across, ct * z + st * away, ct * away - st * z];
    };
    const size = 150, spacing = 2 / n, arrows = [];
    for (let k = 0, iz = 0; iz < n; iz++) for (let iy = 0; iy < n; iy++) for (let ix = 0; ix < n; ix++, k += 3) {
      if (!m[k] && !m[k + 1] && !m[k + 2]) continue;
      const [x, y, z] = [ix, iy, iz].map((index) => (2 * index + 1 - n) / n);
      const seen = project(x, y, z);
      if (cutOpen.checked && seen[2] < -0.5 * spacing) continue;
      arrows.push([seen, project(m[k] / 127, m[k + 1] / 127, m[k + 2] / 127), m[k + 2] / 127]);
    }
    arrows.sort((one, other) => other[0][2] - one[0][2]);
    for (const [[x, y, depth], [dx, dy], mz] of arrows) {
      pen.globalAlpha = 0.45 + 0.55 * (1 - (depth + (cutOpen.checked ? 0 : 1)) / (cutOpen.checked ? 1 : 2)) ** 1.5 || 0.45;
      pen.strokeStyle = pen.fillStyle = shade(mz);
      const reach = size * spacing * 0.95;
      arrow(pen, 180 + size * x, 180 - size * y, reach * dx, -reach * dy, 2.2);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = pen.fillStyle = ink();
    pen.font = "italic 17px serif";
    [["x", 1, 0, 0], ["y", 0, 1, 0], ["z", 0, 0, 1]].forEach(([name, x, y, z]) => {
      const [dx, dy] = project(x, y, z);
      arrow(pen, 42 + 15 * dx, 318 - 15 * dy, 30 * dx, -30 * dy, 1.3);
      pen.fillText(name, 38 + 40 * dx, 323 - 40 * dy);
    });
  };

  const drawProfile = (state) => {
    const pen = sheet("state-profile"), x = (rho) => 46 + 300 * rho, y = (value) => 262 - 220 * value;
    pen.strokeStyle = pen.fillStyle = ink();
    pen.font = "15px sans-serif";
    pen.lineWidth = 1;
    if (!state.profile) {
      pen.fillText(`No profile: ${state.why}`, 16, 180, 330);
      return;
    }
    pen.strokeRect(46, 20, 300, 300);
    for (const value of [0, 0.5, 1]) {
      pen.fillText(value.toFixed(1), 18, y(value) + 5);
      pen.fillText(value.toFixed(1), x(value) - 11, 338);
      pen.globalAlpha = 0.15;
      pen.beginPath(); pen.moveTo(46, y(value)); pen.lineTo(346, y(value)); pen.stroke();
      pen.globalAlpha = 1;
    }
    pen.fillText("ρ/R", 240, 338);
    const colours = matchMedia("(prefers-color-scheme: dark)").matches ? {{ profile_colours.dark | tojson }} : {{ profile_colours.light | tojson }};
    const { profile, nu } = state;
    [["phi", (rho) => Math.tanh(nu * rho)], ["z", (rho) => 1 / Math.cosh(nu * rho)]].forEach(([name, fit], which) => {
      pen.strokeStyle = pen.fillStyle = colours[which];
      if (nu !== undefined) {
        pen.lineWidth = 1.8;
        pen.setLineDash(which ? [7, 4] : []);
        pen.beginPath();
        for (let k = 0; k <= 80; k++) pen.lineTo(x(k / 80), y(fit(k / 80)));
        pen.stroke();
        pen.setLineDash([]);
      }
      profile.rho.forEach((rho, k) => {
        const value = profile[name][k], scatter = profile[`${name}_std`][k];
        pen.lineWidth = 1;
        pen.beginPath(); pen.moveTo(x(rho), y(value - scatter)); pen.lineTo(x(rho), y(value + scatter)); pen.stroke();
        pen.beginPath();
        if (which) pen.rect(x(rho) - 3.5, y(value) - 3.5, 7, 7); else pen.arc(x(rho), y(value), 4, 0, 7);
        pen.fill();
      });
    });
  };

  const describe = (state) => {
    const nu = state.nu === undefined ? "" : `, ν = ${minus(state.nu, 3)} ± ${state.nu_error.toFixed(3)}`;
    return `${minus(state.B, 4)} T, ${state.branch} (row ${state.step}): ${state.state}${nu}; ⟨m⟩ = ${minus(state.m, 4)}; ${state.is}.`;
  };
  const draw = () => {
    const given = getComputedStyle(document.documentElement).getPropertyValue("--shades");
    shades = given.match(/#\w{6}/g).map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
    const { states } = cases[choose.value], state = states[slider.value];
    words.textContent = describe(state);
    slider.setAttribute("aria-valuetext", `${minus(state.B, 4)} T, ${state.branch}`);
    drawPlane("state-xz", state, 0, 2, 1, ["x", "z"]);
    drawPlane("state-xy", state, 0, 1, 2, ["x", "y"]);
    drawBall(state);
    drawProfile(state);
    document.getElementById("state-profile").setAttribute("aria-label", `Radial profile: ${describe(state)}`);
  };
  const start = () => {
    const { states } = cases[choose.value];
    slider.max = states.length - 1;
    slider.value = states.reduce((best, state, k) => (Math.abs(state.B) < Math.abs(states[best].B) ? k : best), 0);
    draw();
  };
  choose.addEventListener("change", start);
  slider.addEventListener("input", draw);
  cutOpen.addEventListener("change", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const ball = document.getElementById("state-ball");
  const turned = (yaw, tilt) => {
    turn.yaw += yaw;
    turn.tilt = Math.min(Math.max(turn.tilt + tilt, -1.55), 1.55);
    drawBall(cases[choose.value].states[slider.value]);
  };
  ball.addEventListener("pointermove", (event) => { if (event.buttons) turned(-event.movementX / 90, event.movementY / 90); });
  ball.addEventListener("pointerdown", (event) => ball.setPointerCapture(event.pointerId));
  ball.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [0.15, 0], ArrowRight: [-0.15, 0], ArrowUp: [0, 0.15], ArrowDown: [0, -0.15] }[event.key];
    if (way) { event.preventDefault(); turned(...way); }
  });
  start();
}

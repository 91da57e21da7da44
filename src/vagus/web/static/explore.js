// The living map: sends the sliders, colours the systems day by day, lets the change run along the arrows.
"use strict";
const box = document.getElementById("explore");
const controls = document.getElementById("controls");
const dayRange = document.getElementById("day");
const dayOut = document.getElementById("day-out");
const status = document.getElementById("explore-status");
const playButton = document.getElementById("play");
let data = JSON.parse(document.getElementById("explore-data").textContent);
let waiting = 0, asked = 0, playing = 0;
const MOVED = 0.1;

function colour(way) {
  if (Math.abs(way) < MOVED) { return "#ffffff"; }
  const end = way > 0 ? [27, 127, 92] : [196, 98, 16];
  const share = 0.15 + 0.5 * Math.min(Math.abs(way), 1);
  return "rgb(" + end.map((each) => Math.round(255 + share * (each - 255))).join(",") + ")";
}

function show(place) {
  dayRange.value = place;
  const day = data.days[place];
  dayOut.textContent = day;
  dayRange.setAttribute("aria-valuetext", "day " + day);
  for (const group of document.querySelectorAll("#map g[data-system]")) {
    const system = data.systems[group.dataset.system];
    if (!system) { continue; }
    group.querySelector("rect").setAttribute("fill", colour(system.way[place]));
  }
  for (const arrow of document.querySelectorAll("#map g[data-giver]")) {
    const giver = data.systems[arrow.dataset.giver];
    const receiver = data.systems[arrow.dataset.receiver];
    const source = giver ? giver.first !== null && giver.first <= day : outside(arrow.dataset.giver);
    const runs = source && receiver && receiver.first !== null && receiver.first <= day
      && (!giver || giver.first <= receiver.first);
    arrow.classList.toggle("runs", Boolean(runs));
    arrow.classList.toggle("still", !runs);
  }
}

function outside(name) {
  const settings = data.settings;
  if (name === "ketamine") { return settings.ketamine > 0; }
  if (name === "escitalopram") { return settings.ssri > 0; }
  if (name === "opioid") { return settings.analgesic > 0; }
  if (name === "load") { return settings.stress > 0; }
  return false;
}

async function compute() {
  const mine = ++asked;
  const query = new URLSearchParams(new FormData(controls));
  const began = performance.now();
  try {
    const answer = await fetch(box.dataset.run + "?" + query, { headers: { Accept: "application/json" } });
    if (mine !== asked) { return; }
    if (!answer.ok) { status.textContent = answer.status === 429 ? "Too fast; wait a moment." : "It could not be computed."; return; }
    data = await answer.json();
    document.getElementById("curves-box").innerHTML = data.curves;
    document.getElementById("table-box").innerHTML = data.table;
    status.textContent = "Computed in " + Math.round(performance.now() - began) + " ms.";
    history.replaceState(null, "", "?" + query);
    show(Number(dayRange.value));
  } catch (error) {
    status.textContent = "The server does not answer.";
  }
}

function soon() { clearTimeout(waiting); waiting = setTimeout(compute, 60); }

function stop() { clearInterval(playing); playing = 0; playButton.textContent = "Play"; }

playButton.addEventListener("click", () => {
  if (playing) { stop(); return; }
  let place = 0;
  playButton.textContent = "Stop";
  show(0);
  playing = setInterval(() => {
    place += 1;
    if (place >= data.days.length) { stop(); return; }
    show(place);
  }, 700);
});
dayRange.addEventListener("input", () => { stop(); show(Number(dayRange.value)); });
controls.addEventListener("input", (event) => {
  const label = event.target.closest(".field");
  const out = label ? label.querySelector("output") : null;
  if (out) { out.textContent = Number(event.target.value); }
  soon();
});
controls.addEventListener("submit", (event) => { event.preventDefault(); compute(); });
document.getElementById("map").addEventListener("click", (event) => {
  const arrow = event.target.closest("g[data-giver]");
  if (arrow) { location.assign("arrow/" + arrow.dataset.giver + "/" + arrow.dataset.receiver + "/"); }
});
show(Number(dayRange.value));

// Looks how far a simulation is, and goes to its result when it is done.
"use strict";
const place = document.getElementById("job");
async function look() {
  try {
    const answer = await fetch(place.dataset.state, { headers: { Accept: "application/json" } });
    if (!answer.ok) { location.reload(); return; }
    const job = await answer.json();
    document.getElementById("job-word").textContent = job.state;
    document.getElementById("job-stage").textContent = job.stage ? ": " + job.stage : "";
    document.getElementById("job-bar").value = job.progress;
    if (job.next) { location.assign(job.next); return; }
    if (job.state !== "queued" && job.state !== "running") { location.reload(); return; }
  } catch (error) {
    document.getElementById("job-stage").textContent = ": the server does not answer; trying again";
  }
  setTimeout(look, 1000);
}
if (place && place.dataset.running === "1") { setTimeout(look, 600); }

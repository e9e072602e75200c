// The charts of the report. Runs in the page, after Chart.js and the figures (`report`).
/* global Chart, document, report */
const COLOURS = { interpreter: '#8a94a3', 'jit-blocks': '#5b9bd5', jit: '#1457c8', v86: '#d9822b', qemu: '#2e9e6b', native: '#a74cc2' };
const PLACES = ['#1457c8', '#8a94a3', '#2e9e6b', '#d9822b', '#a74cc2', '#c23b4b', '#c8b414', '#56707f', '#333'];
const colour = (engine) => COLOURS[engine] ?? '#333';
const names = report.engines.map((engine) => engine.name);
const shared = { responsive: true, maintainAspectRatio: false, animation: false };
const axis = (text, more = {}) => ({ title: { display: true, text }, ...more });

function ratioChart() {
  const shown = names.filter((name) => name !== 'v86' && report.rows.some((row) => row.cells[name]?.ratio));
  const spread = (row, name) => row.cells[name]?.ratio;
  new Chart(document.getElementById('ratios'), {
    type: 'bar',
    data: {
      labels: report.rows.map((row) => row.workload),
      datasets: shown.map((name) => ({ label: name, backgroundColor: colour(name), data: report.rows.map((row) => spread(row, name)?.median ?? null) })),
    },
    options: {
      ...shared,
      indexAxis: 'y',
      scales: { x: axis('times as fast as v86', { type: 'logarithmic', grid: { color: (line) => (line.tick.value === 1 ? '#d9822b' : '#e3e7ec') } }), y: { ticks: { autoSkip: false } } },
      plugins: {
        tooltip: {
          callbacks: {
            label({ dataIndex, dataset }) {
              const { max, median, min } = spread(report.rows[dataIndex], dataset.label);
              return `${dataset.label}: ${median.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
            },
          },
        },
      },
    },
  });
}

function warmUpChart() {
  const select = document.getElementById('guest');
  const guests = [...new Set(report.curves.map((curve) => curve.guest))];
  for (const guest of guests) select.add(new Option(guest));
  const sets = (guest) =>
    report.curves
      .filter((curve) => curve.guest === guest)
      .map(({ engine, points }) => ({ label: engine, borderColor: colour(engine), backgroundColor: colour(engine), pointRadius: 0, borderWidth: 1.5, data: points.map(([x, y]) => ({ x, y })) }));
  const chart = new Chart(document.getElementById('warm-up'), {
    type: 'line',
    data: { datasets: [] },
    options: { ...shared, scales: { x: axis('seconds', { type: 'linear' }), y: axis('guest MIPS', { beginAtZero: true }) } },
  });
  const show = () => {
    chart.data.datasets = sets(select.value);
    chart.update();
  };
  if (guests.includes('linux')) select.value = 'linux';
  select.onchange = show;
  show();
}

function memoryChart() {
  new Chart(document.getElementById('memory'), {
    type: 'bar',
    data: {
      labels: report.rows.map((row) => row.workload),
      datasets: names.map((name) => ({ label: name, backgroundColor: colour(name), data: report.rows.map((row) => (row.cells[name]?.peakMemoryBytes ?? 0) / 2 ** 20 || null) })),
    },
    options: { ...shared, scales: { x: { ticks: { autoSkip: false } }, y: axis('MB') } },
  });
}

function tierChart() {
  const canvas = document.getElementById('tiers');
  if (canvas === null) return;
  const places = [...new Set(report.profiles.flatMap((profile) => Object.keys(profile.tiers ?? {})))];
  new Chart(canvas, {
    type: 'bar',
    data: {
      labels: report.profiles.map(({ engine, guest }) => `${guest} on ${engine}`),
      datasets: places.map((place, i) => ({ label: place, backgroundColor: PLACES[i % PLACES.length], data: report.profiles.map((profile) => 100 * (profile.tiers?.[place] ?? 0)) })),
    },
    options: { ...shared, indexAxis: 'y', scales: { x: axis('% of the time', { stacked: true, max: 100 }), y: { stacked: true, ticks: { autoSkip: false } } } },
  });
}

ratioChart();
warmUpChart();
memoryChart();
tierChart();

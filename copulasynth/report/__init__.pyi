from copulasynth.report.render import render_html as render_html

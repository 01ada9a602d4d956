import { mount } from 'svelte'
import { z } from 'zod'
import { paletteCss } from '@shared/figure/palette'
import { startApi } from './api'
import App from './App.svelte'
import { desktopPorts, socketAddress, socketPorts } from './ports'
import { createAppState } from './state/app.svelte'
import './app.css'
import './figure-fonts.css'

// The content security policy forbids code from text, which zod's compiled parsers are.
z.config({ jitless: true })

const colors = new CSSStyleSheet()
colors.replaceSync(paletteCss())
document.adoptedStyleSheets = [colors]

const source = window.desktop ? desktopPorts(window.desktop) : socketPorts(socketAddress())
const app = createAppState(startApi(source))
mount(App, { target: document.getElementById('app')!, props: { app } })

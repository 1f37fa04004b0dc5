import {Socket} from "phoenix"

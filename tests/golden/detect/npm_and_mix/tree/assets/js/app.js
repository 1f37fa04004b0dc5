import "topbar"

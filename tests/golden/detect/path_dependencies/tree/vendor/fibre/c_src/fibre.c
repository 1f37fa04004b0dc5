int fibre;
